import {
  AIVMEpochState,
  AIVMTransitionResult,
  Attestation,
  AuditAnchor,
  bytesToHex,
  hexToBytes,
  type KernelBackend,
  ModelRegistryEntry,
} from '@aivm/core';
import type { PipelineCase, PipelineRound } from './vector-file.ts';

/**
 * Runs the rounds of a pipeline over tables that live on from round to round.
 * @returns undefined when every round counted and committed as expected, else what differs
 */
export function runPipeline(backend: KernelBackend, pipeline: PipelineCase): string | undefined {
  const attestations = Attestation.createArena(pipeline.attSlots);
  const models = ModelRegistryEntry.createArena(pipeline.modelSlots);
  const anchors = AuditAnchor.createArena(pipeline.anchorSlots);
  const epoch = AIVMEpochState.create();
  for (const [index, round] of pipeline.rounds.entries()) {
    const desc = hexToBytes(round.Desc, 'Desc');
    const result = AIVMTransitionResult.create();
    const applied = {
      AttApplied: backend.attestationApply(desc, hexToBytes(round.AttOps, 'AttOps'), attestations),
      ModelApplied: backend.provenanceApply(desc, hexToBytes(round.ModelOps, 'ModelOps'), models),
      AnchorApplied: backend.anchorApply(desc, hexToBytes(round.AnchorOps, 'AnchorOps'), anchors),
    };
    backend.epochTransition(desc, attestations, models, anchors, epoch.bytes, result.bytes);
    const actual: Omit<PipelineRound, 'Desc' | 'AttOps' | 'ModelOps' | 'AnchorOps' | 'Epoch'> = {
      ...applied,
      AttestationRoot: bytesToHex(result.AttestationRoot),
      ModelRegistryRoot: bytesToHex(result.ModelRegistryRoot),
      AuditRoot: bytesToHex(result.AuditRoot),
      StateRoot: bytesToHex(result.AIVMStateRoot),
    };
    for (const [name, value] of Object.entries(actual)) {
      const expected = round[name as keyof typeof actual];
      if (value !== expected) return `round ${index}: ${name}: expected ${expected}, got ${value}`;
    }
    if (bytesToHex(epoch.bytes) !== round.Epoch) return `round ${index}: Epoch: bytes differ`;
  }
  return undefined;
}
