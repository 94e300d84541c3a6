import { describe, expect, it } from 'vitest';
import { type RunReport, runSimulation } from '../src/index.ts';

/** A run is seconds of one core; a busy machine takes its time. */
const TIMEOUT_MS = 300_000;

/** Every cheat with the code that refuses it. */
const CHEATS = [
  ['replayed-evidence/same', 'attestation_nonce'],
  ['replayed-evidence/other-signature', 'attestation_nonce'],
  ['expired-evidence/certificate', 'attestation_expired'],
  ['expired-evidence/old-block', 'attestation_nonce'],
  ['foreign-evidence/operator', 'attestation_nonce'],
  ['foreign-evidence/chain', 'attestation_nonce'],
  ['foreign-evidence/block', 'attestation_nonce'],
  ['foreign-evidence/key', 'attestation_nonce'],
  ['revoked-machine/newest-list', 'attestation_revoked'],
  ['revoked-machine/no-list', 'attestation_collateral_missing'],
  ['revoked-machine/old-list', 'attestation_revoked'],
  ['shared-device/second', 'attestation_device_in_use'],
  ['software-pretender/counterfeit', 'attestation_chain'],
  ['software-pretender/both', 'attestation_malformed'],
  ['stale-collateral/rollback', 'attestation_collateral_mismatch'],
  ['stale-collateral/forged', 'attestation_signature'],
  ['wrong-session-key/other-key', 'bad_signature'],
  ['wrong-session-key/other-task', 'bad_signature'],
  ['wrong-session-key/other-attempt', 'bad_signature'],
  ['wrong-session-key/other-chain', 'bad_signature'],
  ['wrong-session-key/other-output', 'bad_signature'],
] as const;

const attempts = ({ deeds }: RunReport, name: string): readonly string[] =>
  Object.keys(deeds).filter((deed) => deed.startsWith(`${name} `));

describe('on an attested chain', { timeout: TIMEOUT_MS }, () => {
  it('a replayed, expired, foreign or revoked attestation never shortens a window, and a proof of fraud beats every attestation', async () => {
    const report = await runSimulation(21, 'attested');
    // No checker found a shortened window, a usable answer or an accepted cheat ...
    expect(report.failure).toBeUndefined();
    // ... although everything was tried, and nothing else came of it than a refusal,
    for (const [name, code] of CHEATS) expect(report.deeds, name).toHaveProperty([`${name} ${code}`]);
    const taken = Object.keys(report.deeds).filter((deed) => deed.endsWith(' taken'));
    expect(taken).toEqual([]);
    // evidence was good elsewhere in the same run, renewed, and vouched for answers;
    expect(report.deeds['attested-provider/attest']).toBeGreaterThan(6);
    expect(report.deeds['attested-provider/answer']).toBeGreaterThan(10);
    // and who lied under it was convicted, and is attested no more.
    expect(report.deeds['tee-liar/attested-lie']).toBeGreaterThan(0);
    expect(report.outcomes.conviction).toBeGreaterThan(0);
    expect(attempts(report, 'tee-liar/attest-after-conviction')).toEqual([
      'tee-liar/attest-after-conviction provider_slashed',
    ]);
  });
});
