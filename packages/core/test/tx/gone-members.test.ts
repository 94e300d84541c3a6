import { DEFAULT_PARAMS } from '@aivm/core/state';
import { OPERATIONS, type OperationName, operationCodec, operationTypeString } from '@aivm/core/tx';
import { expect, it } from 'vitest';

/** What earlier forms of the protocol had, and nothing signs or sets any more. */
const GONE = ['traceRoot', 'm', 'redundancySeats', 'serveAllMacs', 'serveAllWork', 'serveAllBytes'];

it('no operation and no parameter has a member that the protocol has given up', () => {
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    const members = operationTypeString(operationCodec(name))
      .split(/[(),]/)
      .map((part) => part.split(' ').at(-1));
    for (const gone of GONE) expect([name, members.includes(gone)]).toEqual([name, false]);
  }
  for (const gone of GONE) expect(Object.keys(DEFAULT_PARAMS)).not.toContain(gone);
});
