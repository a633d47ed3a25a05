import { useId } from 'preact/hooks';

/** How long something that is made is good: a field `life` in seconds. */
export function ChooseLife({
  lives,
  usual,
}: {
  readonly lives: readonly (readonly [words: string, seconds: number])[];
  readonly usual: number;
}) {
  const id = useId();
  return (
    <>
      <label for={id}>Good for</label>
      <select id={id} name="life">
        {lives.map(([words, seconds]) => (
          <option key={seconds} value={seconds} selected={seconds === usual}>
            {words}
          </option>
        ))}
      </select>
    </>
  );
}
