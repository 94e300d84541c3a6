import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import {
  AIVMEpochState,
  AIVMTransitionResult,
  Attestation,
  AuditAnchor,
  ModelRegistryEntry,
} from '@aivm/core/layout';
import type { Check } from './kernel-call.ts';
import type { PipelineCase, PipelineRound } from './vector-file.ts';

/** Checks the rounds of a pipeline over tables that live on from round to round: every count and commitment. */
export function* checkPipeline(pipeline: PipelineCase): Check {
  const attestations = Attestation.createArena(pipeline.attSlots);
  const models = ModelRegistryEntry.createArena(pipeline.modelSlots);
  const anchors = AuditAnchor.createArena(pipeline.anchorSlots);
  const epoch = AIVMEpochState.create();
  for (const [index, round] of pipeline.rounds.entries()) {
    const desc = hexToBytes(round.Desc, 'Desc');
    const result = AIVMTransitionResult.create();
    const applied = {
      AttApplied: yield {
        kernel: 'attestationApply',
        arenas: [desc, hexToBytes(round.AttOps, 'AttOps'), attestations],
      },
      ModelApplied: yield {
        kernel: 'provenanceApply',
        arenas: [desc, hexToBytes(round.ModelOps, 'ModelOps'), models],
      },
      AnchorApplied: yield {
        kernel: 'anchorApply',
        arenas: [desc, hexToBytes(round.AnchorOps, 'AnchorOps'), anchors],
      },
    };
    yield {
      kernel: 'epochTransition',
      arenas: [desc, attestations, models, anchors, epoch.bytes, result.bytes],
    };
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
