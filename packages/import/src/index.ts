export type { Grid } from './graph/graph.ts';
export { type ImportedModel, type ImportOptions, importModel } from './import-model.ts';
export type { Agreement, SampleAgreement } from './report/agreement.ts';
export { formatReport, type ImportReport, type LayerReport } from './report/import-report.ts';
