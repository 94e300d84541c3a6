export { createSimCommand } from './sim-command.ts';
