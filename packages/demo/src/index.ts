export { createDemoCommand } from './command/demo-command.ts';
