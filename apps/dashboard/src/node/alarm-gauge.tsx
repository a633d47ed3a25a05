export interface AlarmGaugeProps {
  readonly metric: string;
  /** What the sequential alarm has gathered, and at which it cuts the node. */
  readonly evidence: number;
  readonly limit: number;
}

/** How much of its budget the alarm has used. The evidence multiplies, so the scale is logarithmic. */
export function AlarmGauge({ metric, evidence, limit }: AlarmGaugeProps) {
  const part = limit <= 1 || evidence <= 1 ? 0 : Math.min(1, Math.log(evidence) / Math.log(limit));
  const words = `${evidence.toPrecision(3)} of ${limit.toPrecision(3)}`;
  return (
    <>
      <meter min={0} max={1} high={0.8} optimum={0} value={part} aria-label={`Alarm of ${metric}`} /> {words}
    </>
  );
}
