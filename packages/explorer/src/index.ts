export { createExplorerSite, type ExplorerFile, type ExplorerSite } from './site/explorer-site.ts';
