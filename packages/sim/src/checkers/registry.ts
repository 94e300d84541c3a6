import type { CreateChecker } from './checker.ts';
import { createSupplyChecker } from './supply.ts';

/** Every checker by the name that a failure carries. */
export const CHECKERS: readonly (readonly [name: string, create: CreateChecker])[] = [
  ['supply', createSupplyChecker],
];
