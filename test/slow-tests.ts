/**
 * Test files that `npm test` leaves to `npm run test:all`: each takes many seconds, because it starts the real program,
 * compiles native code, plays whole worlds, or installs packages. Everything else runs in `npm test`, which is to take at
 * most five minutes on two cores. A test holds every pattern to files that exist.
 */
export const SLOW_TESTS: readonly string[] = [
  // Starts the command line dozens of times.
  'packages/cli/test/exit-codes.test.ts',
  'packages/cli/test/go-client.test.ts',
  'packages/cli/test/commands/*.test.ts',
  // Plays the whole story on a chain of its own.
  'packages/demo/test/optimistic/demo.test.ts',
  'packages/demo/test/redundant/redundant-demo.test.ts',
  'packages/demo/test/tee/tee-demo.test.ts',
  // Simulates whole networks.
  'packages/sim/test/*.test.ts',
  'packages/sim/test/command/*.test.ts',
  'packages/core/test/execute/world/*.test.ts',
  'test/vertex-histories.test.ts',
  // Plays hundreds of games about traces, move by signed move.
  'packages/core/test/execute/bisection-*.test.ts',
  // Compiles C with sanitizers, or opens a device.
  'packages/backends/test/plugin/*.test.ts',
  'packages/backends/test/network/native-engine.test.ts',
  'packages/backends/test/network/browser.test.ts',
  'packages/backends/test/webgpu/*.test.ts',
  // Takes, restores and spoils snapshots of whole stores, and kills a node in between.
  'packages/node/test/snapshot/snapshot.test.ts',
  // Sends hundreds of random frames to a plugin, and plays lying validators block by block.
  'packages/node/test/hosts/plugin/hostile-frames.test.ts',
  'packages/node/test/hosts/abci/anchor-votes.test.ts',
  // Members of panels sleep through whole phases.
  'packages/worker/test/seats.test.ts',
  // Sends hostile bodies to the real program and four workers.
  'packages/cli/test/soak-hostile.test.ts',
  // Makes 10,000 blocks under every host.
  'packages/node/test/hosts/long-history.test.ts',
  // Hashes the weights of a network again and again.
  'packages/node/test/http/blobs.test.ts',
  // Providers, liars and a watcher play games about the results of a network.
  'packages/worker/test/network/games.test.ts',
  // OpenAI's clients ask a decoder through a gateway; a whole chain behind each.
  'packages/gateway/test/*.test.ts',
  'test/connect.test.ts',
  // Proxies and nodes that lie, one after the other.
  'packages/worker/test/**/evil-node.test.ts',
  // Random input for minutes.
  'test/fuzz/*.test.ts',
  'test/attestation-fuzz/*.test.ts',
  // Imports models and runs them on a chain with its providers, liars and a watcher.
  'packages/import/test/*-on-chain.test.ts',
  // Opens a browser, installs packages, downloads other versions of Node.js.
  'test/browser/*.test.ts',
  'test/packed/*.test.ts',
  'test/node-versions/*.test.ts',
];
