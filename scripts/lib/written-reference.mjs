// The files of docs/ that are made from the programs and their settings, and the pictures of the concepts.
import { conceptPictures } from '../docs-site/concept-pictures.mjs';
import { commandPages } from '../docs-site/reference-commands.mjs';
import { metricsPage } from '../docs-site/reference-metrics.mjs';
import { settingsPages } from '../docs-site/reference-settings.mjs';

/** @returns {Promise<{ path: string, text: string }[]>} with the path from the root of the repository */
export async function writtenReference() {
  return [...conceptPictures(), ...commandPages(), ...settingsPages(), await metricsPage()];
}
