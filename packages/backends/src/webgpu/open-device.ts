import type { WebGPU, WebGPUAdapter, WebGPUDevice } from './gpu-api.ts';
import { WebGPUCallError, WebGPUUnavailableError } from './webgpu-errors.ts';

/** An open device and what became of it. */
export interface OpenDevice {
  readonly device: WebGPUDevice;
  readonly adapter: WebGPUAdapter['info'];
  /**
   * The error to report for `cause`: that the device is gone, if it is, whatever the failed call said.
   * Waits for as long as the platform needs to say so.
   */
  explain(cause: unknown): Promise<WebGPUCallError>;
  /** @throws WebGPUCallError when the device is lost or was closed */
  assertOpen(): void;
  close(): void;
}

interface HostNavigator {
  readonly gpu?: WebGPU;
}

/** `navigator.gpu`, or the npm package in Node. */
async function platformGPU(): Promise<WebGPU> {
  const host = globalThis as { navigator?: HostNavigator; process?: { versions?: { node?: string } } };
  if (host.navigator?.gpu !== undefined) return host.navigator.gpu;
  if (host.process?.versions?.node === undefined) {
    throw new WebGPUUnavailableError('no_api', 'this browser has no navigator.gpu, or only on secure pages');
  }
  const { loadNodeGPU } = await import('./node-gpu.ts');
  return loadNodeGPU();
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function requestAdapter(gpu: WebGPU): Promise<WebGPUAdapter> {
  let adapter: WebGPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    throw new WebGPUUnavailableError('no_adapter', `asking for an adapter failed: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (adapter === null) {
    throw new WebGPUUnavailableError('no_adapter', 'no adapter: there is no GPU, or no driver that fits');
  }
  return adapter;
}

async function requestDevice(adapter: WebGPUAdapter): Promise<WebGPUDevice> {
  try {
    return await adapter.requestDevice();
  } catch (cause) {
    throw new WebGPUUnavailableError('no_device', `the device does not open: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Opens the platform's fastest device, with the limits that every WebGPU device has.
 * @throws WebGPUUnavailableError when there is none
 */
export async function openDevice(given?: WebGPU): Promise<OpenDevice> {
  // Dawn in Node lives only as long as this object: the closures below hold it.
  const gpu = given ?? (await platformGPU());
  const adapter = await requestAdapter(gpu);
  const device = await requestDevice(adapter);
  let end: WebGPUCallError | undefined;
  const isLost = device.lost.then(({ message = '', reason = '' }) => {
    end ??= new WebGPUCallError(
      'device_lost',
      `the device was lost: ${message || reason || 'no reason given'}`,
    );
  });
  return {
    device,
    adapter: adapter.info,
    async explain(cause) {
      // A loss and the failures that it causes are reported in either order, within a few turns of the event loop.
      await Promise.race([isLost, nextTurns(LOSS_TURNS)]);
      if (end !== undefined) return end;
      if (cause instanceof WebGPUCallError) return cause;
      return new WebGPUCallError('call_failed', `the device refused: ${messageOf(cause)}`, { cause });
    },
    assertOpen() {
      if (end !== undefined) throw end;
    },
    close() {
      end ??= new WebGPUCallError('closed', 'the engine was closed');
      device.destroy();
      keepAlive(gpu);
    },
  };
}

const LOSS_TURNS = 3;

/** Waits for turns of the event loop. */
async function nextTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

/** Mentions a value, so that it is held for as long as the caller is. */
function keepAlive(_value: unknown): void {}
