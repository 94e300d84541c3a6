import type { CodecValue } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bool, text, u8, u32, u64 } from '../bytes/codec/primitives.ts';
import { paramsCodec } from './params.ts';

/** The Go service's configuration in consensus form. */
const configCodec = struct('Config', {
  maxProvidersPerNode: u32,
  maxTasksPerProvider: u32,
  hostChainID: text(512),
  verificationMode: u8,
  challengeWindowBlocks: u64,
  redundancyFactor: u32,
  minProviderBond: u64,
  requireTEEAttestation: bool,
  minTrustScore: u32,
  attestationTimeout: text(64),
  maxTaskQueueSize: u32,
  taskTimeout: text(64),
  baseReward: u64,
  epochDuration: text(64),
  merkleAnchorFreq: u32,
});

/** Configuration and parameters as the state keeps them. */
export const parametersCodec = struct('Parameters', { config: configCodec, params: paramsCodec });

export type ParametersRecord = CodecValue<typeof parametersCodec>;
