/** Upper bounds, in bytes or counts, on everything that a stranger hands in; larger is `too_large`. */
export const ATTESTATION_LIMITS = {
  /** An SNP report is 1,184 bytes, a quote about 5,000, a GPU report about 4,200. */
  quoteBytesMax: 16_384,
  /** Signed reference measurements of one driver or firmware: about 21,000 bytes. */
  rimBytesMax: 65_536,
  rimsMax: 16,
  gpusMax: 8,
  certificateBytesMax: 8_192,
  certificatesMax: 8,
  /** That many of that size, as PEM inside of base64 or with percent signs. */
  chainFileBytesMax: 262_144,
  /** The largest list in use (the platform list of Intel) is about 4,000 bytes. */
  crlBytesMax: 131_072,
  crlsMax: 16,
  /** An OCSP response with its responder's certificate: about 1,000 bytes. */
  responseBytesMax: 4_096,
  /** Three certificates of each of eight GPUs, and those of their manifests. */
  responsesMax: 40,
  /** TCB info and enclave identity documents. */
  documentBytesMax: 65_536,
  /** A file given to the loader: base64 or JSON around one of the above. */
  fileBytesMax: 1_048_576,
  /** One text field of a software statement, in UTF-8. */
  softwareTextBytesMax: 256,
} as const;
