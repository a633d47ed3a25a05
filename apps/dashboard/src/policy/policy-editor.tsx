// The text of a policy, with numbers of lines. Tab leaves it, as it leaves every field.

import { useRef } from 'preact/hooks';
import { positionOfFault } from './draft.ts';

const LEAST_ROWS = 12;

export interface PolicyEditorProps {
  readonly text: string;
  /** Of this text. */
  readonly faults: readonly string[];
  readonly onText: (text: string) => void;
}

export function PolicyEditor({ text, faults, onText }: PolicyEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = text.split('\n');
  const wrong = new Set(faults.map((fault) => positionOfFault(fault)?.line));
  const show = (line: number, column: number) => {
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.current?.focus();
    area.current?.setSelectionRange(start + column - 1, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <>
      <label for="policy-text">A whole policy, as YAML or JSON</label>
      <div class="editor">
        <pre class="line-numbers" aria-hidden="true">
          {lines.map((_line, at) => (
            <span key={at} class={wrong.has(at + 1) ? 'wrong' : undefined}>
              {at + 1}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          id="policy-text"
          ref={area}
          rows={Math.max(LEAST_ROWS, lines.length)}
          wrap="off"
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          aria-invalid={faults.length > 0}
          aria-describedby="policy-faults"
          value={text}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      </div>
      <div id="policy-faults" role="alert">
        {faults.length > 0 && (
          <ul class="faults">
            {faults.map((fault) => (
              <Fault key={fault} fault={fault} onShow={show} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

interface FaultProps {
  readonly fault: string;
  readonly onShow: (line: number, column: number) => void;
}

function Fault({ fault, onShow }: FaultProps) {
  const place = positionOfFault(fault);
  return (
    <li>
      {fault}{' '}
      {place !== undefined && (
        <button type="button" onClick={() => onShow(place.line, place.column)}>
          Go to line {place.line}
        </button>
      )}
    </li>
  );
}
