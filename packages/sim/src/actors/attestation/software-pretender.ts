import { attestationBinding, attestationNonce, KIND_NUMBER } from '@aivm/core/attestation';
import { ZERO_32 } from '@aivm/core/bytes';
import { signSoftware } from '@aivm/test-authority';
import { counterfeitOf, evidenceOf, machineOf } from '../../world/hardware.ts';
import type { Identity } from '../../world/identity.ts';
import { wrongAnswer } from '../../world/right-answer.ts';
import type { Actor, View } from '../actor.ts';
import { attempt } from './attempt.ts';
import type { Attestor, SubmitAttestation } from './attestor.ts';
import { cheat } from './cheat.ts';

/** Rounds of honest work, so that the lies come under a statement that counts as far as it can. */
const LIES_AFTER_ROUNDS = 90;

/** The operator's own word for the best hardware there is, with a session key as if a processor held it. */
function statementOf(view: View, me: Identity, attestor: Attestor, provider: string): SubmitAttestation {
  const { chainId, head, timestamp } = view;
  const { address: operator } = me;
  const { address: sessionKey } = attestor.session;
  const nonce = attestationNonce({ chainId, operator, blockId: head.id });
  const binding = attestationBinding({ chainId, operator, nonce, kind: 'software', sessionKey });
  const statement = {
    deviceId: 'gpu-0',
    model: 'RTX 5090',
    gpuSerial: '1',
    pciId: '0000:01:00.0',
    boardId: '0x100',
    gpuPartNumber: '2B85',
    computeCapability: '12.0',
    driverVersion: '575.32',
    cudaVersion: '12.9',
    vbiosVersion: '98.02',
    benchmarkHash: new Uint8Array(32).fill(1),
    benchmarkTimeMs: 1_000n,
    timestamp,
  };
  const signed = signSoftware({ chainId, provider, nonce: binding, statement }, me.key);
  const evidence = { processors: [], gpus: [], statements: [{ statement, ...signed }] };
  const citations = { lists: [], documents: [], manifests: [], responses: [] };
  return {
    kind: 'submitAttestation',
    provider,
    nonceHeight: head.height,
    sessionKey,
    ...evidence,
    ...citations,
  };
}

/** The same as hardware would say it, under a root of its own. */
function counterfeitEvidence(
  { chainId, head }: View,
  me: Identity,
  base: SubmitAttestation,
): SubmitAttestation {
  const { address: operator } = me;
  const nonce = attestationNonce({ chainId, operator, blockId: head.id });
  const request = { chainId, operator, nonce, sessionKey: base.sessionKey };
  return { ...base, statements: [], processors: [evidenceOf(counterfeitOf(base.provider), request)] };
}

/** Has nothing but its own word and a root of its own, calls both hardware, signs its answers and lies in the end. */
export const softwarePretender = (id: string): Actor =>
  cheat({
    kind: 'software-pretender',
    id,
    machine: machineOf(id),
    habits: {
      answer: (view, task, right) => {
        if (view.round < LIES_AFTER_ROUNDS || !task.model.startsWith('wdbc')) return right;
        view.note('lie');
        return wrongAnswer(right);
      },
    },
    tries: ({ view, me, attestor, turn }) => {
      const statement = statementOf(view, me, attestor, id);
      if (turn % 3 === 0) {
        if (view.submit(me, statement) === '') view.note('statement');
      } else if (turn % 3 === 1) attempt(view, me, 'counterfeit', counterfeitEvidence(view, me, statement));
      else {
        const [own] = statement.statements;
        const { report, chain } = evidenceOf(counterfeitOf(id), {
          chainId: view.chainId,
          operator: me.address,
          nonce: ZERO_32,
          sessionKey: statement.sessionKey,
        });
        const processors = [{ kind: KIND_NUMBER.snp, report, chain }];
        attempt(view, me, 'both', { ...statement, processors, statements: own === undefined ? [] : [own] });
      }
      return true;
    },
  });
