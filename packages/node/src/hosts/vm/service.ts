import { errorForClient, problemResponse } from '../../http/problem-response.ts';
import { createRequestIds } from '../../http/request-ids.ts';
import { type Log, silentLog } from '../../log.ts';
import type { VM } from './vm.ts';
import type { HttpHandler } from './vm-options.ts';

/**
 * The RPC service of one VM: every route of the contract below `/rpc`, over the VM's own node, signer and verifier.
 * It follows the VM: before `initialize` and after `shutdown` every request is answered 503 `not_initialized`.
 */
export class Service {
  readonly #vm: VM;
  readonly #log: Log;
  readonly #nextRequestId = createRequestIds();

  constructor(vm: VM, log: Log = silentLog) {
    this.#vm = vm;
    this.#log = log;
  }

  /** Answers one request; never throws. */
  async handle(request: Request): Promise<Response> {
    let handler: HttpHandler;
    try {
      handler = await this.#vm.newHTTPHandler();
    } catch (error) {
      return problemResponse(
        errorForClient(error, this.#log, { id: this.#nextRequestId(), ...describe(request) }),
      );
    }
    return handler(request);
  }
}

const describe = ({ method, url, signal }: Request) => ({ method, path: new URL(url).pathname, signal });

/**
 * The service of a VM as a handler of web-standard requests.
 * @example const handle = newService(vm); const response = await handle(new Request('http://localhost/rpc/stats'));
 */
export function newService(vm: VM, log: Log = silentLog): HttpHandler {
  const service = new Service(vm, log);
  return (request) => service.handle(request);
}
