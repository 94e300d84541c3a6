import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NativeFunction, nativeLoader } from '../plugin/native-loader.ts';

/** What the meaning of a call's words is numbered with. */
const VERSION = 1;
const POINTER = 'void *';
const COUNT = 'uint32_t';

/** An open library of network operators. It stays open as long as the process. */
export interface NativeNetworkLibrary {
  readonly path: string;
  /** What it uses of this processor: vnni, avx2 or portable. */
  readonly processor: string;
  readonly run: NativeFunction;
  readonly pack: NativeFunction;
}

/** Why there is no library: it is not there (or nothing opens libraries), or what is there is of no use. */
export interface NoNetworkLibrary {
  readonly reason: string;
  readonly isFaulty: boolean;
}

export type OpenedNetworkLibrary = NativeNetworkLibrary | NoNetworkLibrary;

const FILE = `libaivm_network.${process.platform === 'darwin' ? 'dylib' : 'so'}`;

/** Where `npm run build:native` puts the library of a checkout. */
const BUILT = fileURLToPath(new URL(`../../../../native/build/network/${FILE}`, import.meta.url));

/** Files that are tried, best first. */
function candidates(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { AIVM_NETWORK_LIBRARY, LUX_GPU_PLUGIN_DIR, LUXCPP_PREFIX } = environment;
  if (AIVM_NETWORK_LIBRARY) return [AIVM_NETWORK_LIBRARY];
  return [
    ...(LUX_GPU_PLUGIN_DIR ? [`${LUX_GPU_PLUGIN_DIR}/${FILE}`] : []),
    ...(LUXCPP_PREFIX ? [`${LUXCPP_PREFIX}/lib/${FILE}`] : []),
    BUILT,
  ];
}

const opened = new Map<string, OpenedNetworkLibrary>();

/** Opens the library in a file, once in a process, or says why it does not open. */
function openNetworkLibrary(path: string): OpenedNetworkLibrary {
  const known = opened.get(path) ?? open(path);
  opened.set(path, known);
  return known;
}

function open(path: string): OpenedNetworkLibrary {
  const loader = nativeLoader();
  if ('reason' in loader) return { reason: loader.reason, isFaulty: false };
  try {
    const library = loader.loader.load(path);
    const version = library.func('aivm_network_version', 'int', [])();
    if (version !== VERSION)
      return {
        reason: `${path}: speaks version ${version}, expected ${VERSION}; build it anew`,
        isFaulty: true,
      };
    const name = library.func('aivm_network_engine_name', 'const char *', []) as unknown as () => string;
    return {
      path,
      processor: name(),
      run: library.func('aivm_network_run', 'int', [POINTER, COUNT, ...Array<string>(8).fill(POINTER)]),
      pack: library.func('aivm_network_pack', 'int', [POINTER, COUNT, POINTER, POINTER]),
    };
  } catch (error) {
    return { reason: `${path}: ${error instanceof Error ? error.message : error}`, isFaulty: true };
  }
}

/** The first library that opens; else why there is none. */
export function findNetworkLibrary(
  environment: Readonly<Record<string, string | undefined>>,
): OpenedNetworkLibrary {
  const reasons: string[] = [];
  let isFaulty = false;
  for (const path of candidates(environment)) {
    if (!existsSync(path)) {
      if (path === environment.AIVM_NETWORK_LIBRARY) reasons.push(`${path}: no such file`);
      continue;
    }
    const library = openNetworkLibrary(path);
    if (!('reason' in library)) return library;
    reasons.push(library.reason);
    isFaulty ||= library.isFaulty;
  }
  return { reason: reasons.length === 0 ? 'no native library is built' : reasons.join('; '), isFaulty };
}
