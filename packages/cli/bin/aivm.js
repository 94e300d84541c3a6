#!/usr/bin/env node
// Starts the command line in this process, so that signals reach the real thing. In an installed package it runs the
// compiled code; in a checkout it runs the TypeScript sources through tsx, so that nothing has to be built first.
// AIVM_USE_DIST=1 forces the compiled code.
import { existsSync } from 'node:fs';
import { register as registerHooks } from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: usage: aivm needs Node.js 20.19 or later, this is ${process.versions.node}\n`);
  process.exit(2);
}

const compiled = new URL('../dist/main.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);
// An installed package brings its sources too, and its neighbour may be the tsconfig.base.json of another workspace.
const isInstalled = import.meta.url.includes('/node_modules/');
const isCheckout =
  !isInstalled && existsSync(new URL('../../../tsconfig.base.json', import.meta.url)) && existsSync(source);
const usesCompiled = process.env.AIVM_USE_DIST === '1' || !isCheckout;

if (usesCompiled && !existsSync(compiled)) {
  process.stderr.write('error: usage: packages/cli/dist/main.js is missing; run `npm run build` first\n');
  process.exit(2);
}
if (!usesCompiled) {
  const { register: registerTsx } = await import('tsx/esm/api');
  registerTsx();
  const resolveFromSource = `export const resolve = (specifier, context, next) =>
    next(specifier, { ...context, conditions: [...context.conditions, 'aivm-source'] });`;
  registerHooks(`data:text/javascript,${encodeURIComponent(resolveFromSource)}`);
}

const { main } = await import((usesCompiled ? compiled : source).href);
await main(process.argv.slice(2));
