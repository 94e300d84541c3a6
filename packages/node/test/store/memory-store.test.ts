import { MemoryStore } from '../../src/store/memory-store.ts';
import { describeStoreCompliance } from './store-compliance.ts';

describeStoreCompliance('MemoryStore', async () => new MemoryStore());
