import { configDefaults, defineConfig } from 'vitest/config';
import { SLOW_TESTS } from './test/slow-tests.ts';

/** The npm script that runs this, if any: `test` or `test:all`. */
const script = process.env.npm_lifecycle_event;

const EXCLUDED = [...configDefaults.exclude, ...(script === 'test' ? SLOW_TESTS : [])];
const ALL = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'];
const PURE = ['packages/core/test/**/*.test.ts', 'packages/sdk/test/**/*.test.ts'];

/** They replace modules of the platform, so that each needs modules of its own. */
const ALONE = ['packages/node/test/accelerator.test.ts', 'packages/backends/test/plugin/no-loader.test.ts'];

export default defineConfig({
  resolve: { conditions: ['aivm-source'] },
  ssr: { resolve: { conditions: ['aivm-source'] } },
  test: {
    // `npx vitest run FILE` takes any file.
    exclude: EXCLUDED,
    pool: 'forks',
    maxWorkers: 2,
    // The npm scripts build first, and then run the command line as an installed package would: compiled, and in a third of
    // the time to start. Under `npx vitest` it runs from its sources.
    env: script?.startsWith('test') === true ? { AIVM_USE_DIST: '1' } : {},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/counts-reporter.ts'],
    projects: [
      // Loading modules anew for every file would take as long as the tests: files of one process share them, and so must
      // leave nothing behind. Those of packages without a process, a port or a file come first.
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: { name: 'rest', include: ALL, exclude: [...EXCLUDED, ...PURE, ...ALONE], isolate: false },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
