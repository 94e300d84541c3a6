import type { Command } from 'commander';
import { type CliContext, createCommand, UsageError } from './cli-context.ts';

const absence = (what: string, packageName: string): string =>
  `${what} is not in the published package (it needs ${packageName}); run it in a checkout of the repository, after \`npm ci\``;

/** Whether an import failed because there is no package of that name, and not because of something inside it. */
function isAbsent(error: unknown, specifier: string): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  // Node.js names the package, whatever part of it was asked for.
  const packageName = specifier.split('/').slice(0, 2).join('/');
  return (
    code === 'ERR_MODULE_NOT_FOUND' &&
    (message.includes(`'${packageName}'`) || message.includes(`'${specifier}'`))
  );
}

/**
 * Loads a package that only a checkout has. The name is no literal, so that neither the compiler nor a bundler makes
 * the package a dependency of this one.
 * @throws UsageError if there is no such package, saying where to get `what`
 */
export async function loadPrivatePackage<Exports>(packageName: string, what: string): Promise<Exports> {
  try {
    return (await import(packageName)) as Exports;
  } catch (error) {
    if (isAbsent(error, packageName))
      throw new UsageError(absence(what, packageName.split('/').slice(0, 2).join('/')));
    throw error;
  }
}

/** A command that a private package makes; without that package, one with the same name that says where to get it. */
export async function loadPrivateCommand<Exports>(
  { name, summary, packageName }: { name: string; summary: string; packageName: string },
  create: (exports: Exports) => Command,
): Promise<Command> {
  try {
    return create(await loadPrivatePackage<Exports>(packageName, `aivm ${name}`));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return createCommand(name, `${summary}. ${error.message}.`, `aivm ${name}`)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw error;
      });
  }
}

/** The function of a private package that makes its command. */
export type CreateCommand = (context: CliContext) => Command;
