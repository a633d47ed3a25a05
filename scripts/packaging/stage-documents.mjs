// Puts the documents of a package into its tree: manual pages, completions, copyright, changelog. It runs the
// staged program, so its Node must be there.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { capture } from '../lib/child-process.mjs';
import { libraryFolder } from './debian-packages.mjs';
import { changelogOf, copyrightOf, thirdPartyLicences } from './package-documents.mjs';
import { programManual } from './program-manual.mjs';

/** Where each shell looks for the completions that packages bring. */
const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/meshctl',
  zsh: 'usr/share/zsh/vendor-completions/_meshctl',
  fish: 'usr/share/fish/vendor_completions.d/meshctl.fish',
};

/**
 * @param {object} options
 * @param {string} options.root
 * @param {import('./debian-packages.mjs').DebianPackage} options.debian
 * @param {string} options.folder The package's tree.
 * @param {string} options.version
 * @param {string} options.npmName
 * @param {number} options.dateSeconds
 * @param {string} options.nodeLicence
 */
export async function stageDocuments({ root, debian, folder, version, npmName, dateSeconds, nodeLicence }) {
  const documents = `usr/share/doc/${debian.name}`;
  /** @param {string} path @param {string | Buffer} content */
  const put = (path, content) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  put(`${documents}/copyright`, copyrightOf(debian.name));
  const licences = thirdPartyLicences(root, debian.app, nodeLicence);
  put(`${documents}/third-party-licences.gz`, compressed(licences));
  put(`usr/share/lintian/overrides/${debian.name}`, lintianOverrides(debian));
  const changelog = changelogOf({ root, name: debian.name, npmName, version, dateSeconds });
  put(`${documents}/changelog.gz`, compressed(changelog));
  const library = join(folder, libraryFolder(debian));
  const command = [join(library, 'node'), join(library, 'main.js')];
  if (debian.app !== 'cli') {
    const { program, summary } = debian;
    put(
      `usr/share/man/man8/${program}.8.gz`,
      compressed(programManual({ program, version, summary, command })),
    );
    return;
  }
  const { composePorts } = await import('../../apps/cli/src/compose.ts');
  const { manPages } = await import('../../apps/cli/src/man-pages.ts');
  for (const { name, text } of manPages(composePorts()))
    put(`usr/share/man/man1/${name}.gz`, compressed(text));
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    const script = capture(command[0] ?? '', [...command.slice(1), 'completions', shell]);
    if (script.code !== 0) throw new Error(`meshctl completions ${shell} failed: ${script.stderr}`);
    put(path, script.stdout);
  }
}

/**
 * What lintian says of packages of Debian itself, and why it does not hold here.
 *
 * @param {import('./debian-packages.mjs').DebianPackage} debian
 */
function lintianOverrides({ name, natives }) {
  return [
    '# Its Node is as its project has built it, so that its digest can be compared.',
    ...['unstripped-binary-or-object', 'embedded-library *', 'hardening-no-pie'].map(
      (tag) => `${name}: ${tag} [usr/lib/${name}/node]`,
    ),
    '# So are the native modules.',
    ...(natives.length === 0
      ? []
      : [`${name}: unstripped-binary-or-object [usr/lib/${name}/node_modules/*]`]),
    '# It runs with the Node that lies beside it.',
    `${name}: missing-dep-for-interpreter /usr/lib/${name}/node * [usr/lib/${name}/main.js]`,
    `${name}: wrong-path-for-interpreter /usr/lib/${name}/node * [usr/lib/${name}/main.js]`,
    '',
  ].join('\n');
}

/** With no time in it, so that the same text gives the same bytes. @param {string} text */
const compressed = (text) => gzipSync(text, { level: 9 });
