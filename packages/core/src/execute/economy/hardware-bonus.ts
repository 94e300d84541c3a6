import type { ProviderAttestation } from '../../state/records/provider-attestation.ts';

/**
 * Percent points by chip as its certificate names it. GB100 and GB102 are sold as B100, B200 and GB200; GH100 as H100,
 * H200 and GH200; GB202 with a device identity as RTX PRO 6000. Other chips cannot attest themselves.
 */
const BONUS_BY_CHIP: Readonly<Record<string, bigint>> = { GB100: 20n, GB102: 20n, GH100: 15n, GB202: 8n };
const BONUS_OF_OTHERS = 1n;

/**
 * What hardware adds to the weight of a reward, as far as its vendor vouches for it. What a provider says of itself, in
 * its registration or in a statement that it signed, adds nothing.
 */
export const hardwareBonus = (attestation: ProviderAttestation | undefined): bigint =>
  BONUS_BY_CHIP[attestation?.gpuModel ?? ''] ?? BONUS_OF_OTHERS;
