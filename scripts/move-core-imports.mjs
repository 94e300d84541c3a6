// Moves imports of @aivm/core to the sub-paths that export the names: @aivm/core/state, @aivm/core/tx, …
// Run: node scripts/move-core-imports.mjs FILE... (then npm run format). Names that no sub-path has are listed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../packages/core/src/', import.meta.url));
/** Names that changed when they moved. */
const RENAMED = { Task: 'TaskRecord', Provider: 'ProviderRecord' };

const membersOf = (list) =>
  list
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
    .map((member) => {
      const [name, alias] = member.replace(/^type /, '').split(' as ');
      return { name, alias, isType: member.startsWith('type ') };
    });

const folderOf = new Map();
for (const entry of readdirSync(SRC, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const index = readFileSync(`${SRC}${entry.name}/index.ts`, 'utf8');
  for (const [, list] of index.matchAll(/export (?:type )?\{([^}]*)\}/g))
    for (const { name } of membersOf(list)) folderOf.set(name, entry.name);
}

function moved(keyword, isTypeImport, list) {
  const byFolder = new Map();
  for (const { name: old, alias: given, isType } of membersOf(list)) {
    const name = RENAMED[old] ?? old;
    const alias = given ?? (name === old ? undefined : old);
    const folder = folderOf.get(name);
    if (folder === undefined) throw new Error(`${old}: no sub-path of @aivm/core exports it`);
    const text = `${isType || isTypeImport ? 'type ' : ''}${name}${alias === undefined ? '' : ` as ${alias}`}`;
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), text]);
  }
  return [...byFolder]
    .map(([folder, members]) => {
      const isAllTypes = members.every((member) => member.startsWith('type '));
      const shown = isAllTypes ? members.map((member) => member.slice('type '.length)) : members;
      return `${keyword}${isAllTypes ? ' type' : ''} { ${shown.join(', ')} } from '@aivm/core/${folder}';`;
    })
    .join('\n');
}

for (const path of process.argv.slice(2)) {
  const before = readFileSync(path, 'utf8');
  try {
    const after = before.replace(
      /(import|export)\s+(type\s+)?\{([^}]*)\}\s*from\s*'@aivm\/core';?/g,
      (_, keyword, isTypeImport, list) => moved(keyword, isTypeImport !== undefined, list),
    );
    if (after !== before) writeFileSync(path, after);
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    process.exitCode = 1;
  }
}
