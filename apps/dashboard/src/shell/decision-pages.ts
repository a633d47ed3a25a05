import { AccessPage } from '../access/access-page.tsx';
import { MaintenancePage } from '../maintenance/maintenance-page.tsx';
import { PolicyPage } from '../policy/policy-page.tsx';
import { RequestsPage } from '../requests/requests-page.tsx';
import './decision-pages.css';

export const decisionPages = {
  policy: PolicyPage,
  requests: RequestsPage,
  access: AccessPage,
  maintenance: MaintenancePage,
} as const;
