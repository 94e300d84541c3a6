import { bytesToHex } from '../bytes/hex.ts';
import type { AttestationPrimitives } from './primitives.ts';
import type { Certificate } from './x509/certificate.ts';

/** For what a root may vouch. AMD has one root per processor generation. */
export type RootRole = 'amd-milan' | 'amd-genoa' | 'amd-turin' | 'intel' | 'nvidia-device' | 'nvidia-rim';

/** A root by hash: SHA-256 (lower-case hex) of its DER, or of its SubjectPublicKeyInfo for the roles of NVIDIA. */
export interface RootPin {
  readonly role: RootRole;
  readonly sha256: string;
}

/** The vendors' roots. */
export const VENDOR_ROOTS: readonly RootPin[] = [
  { role: 'amd-milan', sha256: '69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd' },
  { role: 'amd-genoa', sha256: '4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1' },
  { role: 'amd-turin', sha256: '1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a' },
  { role: 'intel', sha256: '44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3' },
  { role: 'nvidia-device', sha256: 'a90c4eb5acfd3e3d03a25db6a26b84f720ad0503196c627c21ddd48dd85b06a4' },
  { role: 'nvidia-rim', sha256: 'dec1dc316477aa851eebdf51327ae9f864bc8d89254657ed1e7eb9168af1e1a3' },
];

/** The pin that a certificate would need for `role`. */
function pinOf(certificate: Certificate, role: RootRole, primitives: AttestationPrimitives): string {
  const pinned = role.startsWith('nvidia') ? certificate.publicKeyInfo : certificate.encoded;
  return bytesToHex(primitives.sha256(pinned));
}

/** Whether one of `roots` pins this certificate for `role`. */
export function isPinned(
  certificate: Certificate,
  role: RootRole,
  { roots, primitives }: { readonly roots: readonly RootPin[]; readonly primitives: AttestationPrimitives },
): boolean {
  const pin = pinOf(certificate, role, primitives);
  return roots.some((root) => root.role === role && root.sha256 === pin);
}
