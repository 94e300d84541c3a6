import { AivmError } from './aivm-error.ts';

/** Answered by every accelerator method when no plugin could be loaded. */
export class ErrGPUNotAvailable extends AivmError {
  override readonly name = 'ErrGPUNotAvailable';
  constructor(detail = '') {
    super('gpu_not_available', detail);
  }
}

/** Answered by a VM before `initialize` and after `shutdown`. */
export class ErrNotInitialized extends AivmError {
  override readonly name = 'ErrNotInitialized';
  constructor(detail = '') {
    super('not_initialized', detail);
  }
}

/** The task is not one that this chain can accept. */
export class ErrInvalidTask extends AivmError {
  override readonly name = 'ErrInvalidTask';
  constructor(detail = '') {
    super('invalid_task', detail);
  }
}

/** No provider with this id is registered. */
export class ErrProviderNotFound extends AivmError {
  override readonly name = 'ErrProviderNotFound';
  constructor(detail = '') {
    super('provider_not_found', detail);
  }
}
