import type { SignedDocument } from '../intel/collateral.ts';

/** Who publishes a document. */
export type Vendor = 'amd' | 'intel' | 'nvidia';

/** A statement of a vendor by itself, with all that is needed to believe it. */
export type VendorDocument =
  /** A revocation list (DER) and its issuer's chain: the issuer first, the root last. */
  | { readonly kind: 'revocationList'; readonly list: Uint8Array; readonly chain: readonly Uint8Array[] }
  /** Firmware levels of a platform, or of a quoting enclave, as Intel signed them. */
  | { readonly kind: 'tcbInfo' | 'enclaveIdentity'; readonly document: SignedDocument }
  /** Reference measurements (XML) with the chain inside. */
  | { readonly kind: 'manifest'; readonly manifest: Uint8Array };
