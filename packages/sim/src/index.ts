export { CHECKERS } from './checkers/registry.ts';
export { Batch, type BatchReport } from './run/batch.ts';
export { type RunFailure, type RunReport, replayCommand, reportHash } from './run/report.ts';
export { findScenario, runSimulation, scenarioOf } from './run/run-simulation.ts';
export type { Counts } from './run/tally.ts';
export type { WorldOptions } from './run/world.ts';
export { SCENARIOS } from './scenarios/registry.ts';
export type { Scenario, ScenarioPlan } from './scenarios/scenario.ts';
