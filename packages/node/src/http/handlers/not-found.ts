import { AivmError } from '@aivm/core/errors';

/** The rejection for something that does not exist. */
export const notFound = (what: string): AivmError => new AivmError('not_found', `${what} is not known`);
