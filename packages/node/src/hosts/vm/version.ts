/** A semantic version. */
export interface SemanticVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** The version of the VM's interface, as the Go package declares it. */
export const Version: SemanticVersion = { major: 1, minor: 0, patch: 0 };

/** @example versionText(Version) // 'v1.0.0' */
export const versionText = ({ major, minor, patch }: SemanticVersion): string =>
  `v${major}.${minor}.${patch}`;

/** The VM's id: 'aivm', zero padded to 32 bytes. */
export const VMID: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => [0x61, 0x69, 0x76, 0x6d][i] ?? 0);
