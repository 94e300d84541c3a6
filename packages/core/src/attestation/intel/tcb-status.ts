/** What Intel says of a firmware level, from best to worst. */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;

export type TcbStatus = (typeof TCB_STATUSES)[number];

export const isTcbStatus = (text: string): text is TcbStatus =>
  (TCB_STATUSES as readonly string[]).includes(text);

const needsConfiguration = (status: TcbStatus): boolean =>
  status === 'ConfigurationNeeded' || status === 'ConfigurationAndSWHardeningNeeded';

/** The worse of two; out of date together with a needed configuration is the status that says both. */
export function worseTcbStatus(left: TcbStatus, right: TcbStatus): TcbStatus {
  const [better, worse] =
    TCB_STATUSES.indexOf(left) < TCB_STATUSES.indexOf(right) ? [left, right] : [right, left];
  return worse === 'OutOfDate' && needsConfiguration(better) ? 'OutOfDateConfigurationNeeded' : worse;
}
