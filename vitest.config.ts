import { configDefaults, defineConfig } from 'vitest/config';
import { SLOW_TESTS } from './test/slow-tests.ts';

/** The npm script that runs this, if any: `test` or `test:all`. */
const script = process.env.npm_lifecycle_event;

export default defineConfig({
  resolve: { conditions: ['aivm-source'] },
  ssr: { resolve: { conditions: ['aivm-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // `npx vitest run FILE` takes any file.
    exclude: [...configDefaults.exclude, ...(script === 'test' ? SLOW_TESTS : [])],
    pool: 'forks',
    maxWorkers: 2,
    // The npm scripts build first, and then run the command line as an installed package would: compiled, and in a third of
    // the time to start. Under `npx vitest` it runs from its sources.
    env: script?.startsWith('test') === true ? { AIVM_USE_DIST: '1' } : {},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/counts-reporter.ts'],
  },
});
