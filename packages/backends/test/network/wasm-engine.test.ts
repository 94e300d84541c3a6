import { createWasmEngine } from '../../src/index.ts';
import { testEngine } from './support/engine-suite.ts';

testEngine('WebAssembly', createWasmEngine);
