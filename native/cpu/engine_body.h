/* The body of every engine: one lanes header has been included before. ENGINE and ENGINE_NAME name the result. */
#include "tables.h"
#include "leaves.h"
#include "epoch.h"
#include "batches.h"

const aivm_engine ENGINE = {
    .name = ENGINE_NAME,
    .lanes = LANES,
    .attestation_apply = attestation_apply,
    .provenance_apply = provenance_apply,
    .anchor_apply = anchor_apply,
    .epoch_transition = epoch_transition,
    .fold = fold,
    .finish_epoch = finish_epoch,
    .inference_step = inference_step,
    .proof_verify = proof_verify,
};
