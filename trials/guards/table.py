"""The guards, in the order of docs/security.md: the function of each, how to disable it, and the tests that notice."""

from __future__ import annotations

from .mutation import Guard, call, condition, keyword, not_listed, returns, setting

DOORS, THROTTLE, LOGS = "tests/site/test_web_security.py", "tests/filing/test_throttling.py", "tests/site/test_logs.py"
DRAFTS, SESSIONS = "tests/wizard/test_drafts.py", "tests/wizard/test_session_store.py"
UNAVAILABLE, SEALS = "tests/site/test_database_unavailable.py", "tests/records/test_seals.py"
CONFIRM, TRAPS, RECEIPT = (f"tests/journeys/test_{name}.py" for name in ("confirm", "traps", "receipt"))
LOOKUPS, HOSTILE = (f"tests/journeys/test_{name}.py" for name in ("lookups", "hostile"))
STAFF, DECISIONS = "tests/admin/test_staff.py", "tests/filing/test_decisions.py"
SUBMISSION, EXPORTS = "tests/filing/test_submission.py", "tests/admin/test_exports.py"
WIZARD = "declarations.wizard.wizard.DeclarationWizard"

# -- nothing lost, nothing doubled -----------------------------------------------------------------------------

FILING = (
    Guard(
        "filed whole or not at all", "declarations.filing.submission.submit",
        call("atomic", "__import__('contextlib').nullcontext()"),
        (f"{CONFIRM}::test_a_failure_after_the_insert_files_nothing_half",),
    ),
    Guard(
        "a draft is filed once", "declarations.filing.submission._submit",
        call("first", "None"),
        (f"{CONFIRM}::test_simultaneous_confirms_file_once", f"{SUBMISSION}::test_a_draft_is_filed_once"),
    ),
    Guard(
        "the answer that was shown", "declarations.filing.submission._submit",
        condition("displayed_fingerprint", "False"),
        (
            f"{SUBMISSION}::test_an_answer_that_is_not_the_displayed_one_files_nothing",
            f"{TRAPS}::test_a_changed_answer_of_the_office_gives_the_fresh_overview",
        ),
    ),
    Guard(
        "the answers that were shown", f"{WIZARD}.confirm",
        condition("answers_digest", "False"),
        (f"{TRAPS}::test_a_duplicated_tab_gets_the_fresh_overview_and_files_nothing",),
    ),
    Guard(
        "a step is reached through those before it", f"{WIZARD}.post",
        condition("first_incomplete_step", "False"),
        (f"{TRAPS}::test_a_step_is_reached_only_through_those_before_it",),
    ),
    Guard(
        "a declaration is written once", "declarations.models.filed.WriteOnceModel.save",
        condition("adding", "False"),
        (f"{SUBMISSION}::test_a_filed_declaration_is_never_written_again",),
    ),
    Guard(
        "one decision", "declarations.filing.decisions.decide",
        condition("earlier", "False"),
        (f"{DECISIONS}::test_a_second_decision_is_not_taken",),
    ),
)  # fmt: skip

FAULTS = (
    Guard(
        "a database that is away", "declarations.wizard.database_unavailable.is_unavailable",
        returns("False"),
        (f"{UNAVAILABLE}::test_whichever_statement_fails_everything_posted_is_kept_and_goes_through_again",),
    ),
    Guard(
        "a post that may be another site's", "declarations.wizard.database_unavailable._page",
        call("getattr", "True"),
        (f"{UNAVAILABLE}::test_a_post_whose_token_was_not_checked_is_not_offered_again",),
    ),
    Guard(
        "an OUT that became late", "declarations.filing.submission.Assessment.fingerprint",
        condition("comes_late", "False"),
        ("tests/journeys/test_changed_judgment.py::test_a_judgment_that_changes_before_confirm_is_shown_first",),
    ),
    Guard(
        "a change that comes between", "declarations.records.key_rotation._write",
        condition("read", "True"),
        ("tests/records/test_key_rotation.py::test_a_change_that_comes_between_is_kept",),
    ),
    Guard(
        "a damaged backup", "declarations.records.backups.manifest._check",
        call("sha256", "manifest.sha256"),
        ("tests/records/test_backups.py::test_a_restore_refuses_what_does_not_fit",),
    ),
)  # fmt: skip

DRAFTS_KEPT = (
    Guard(
        "a copy is of its draft", "declarations.wizard.draft_copy.decrypt_copy",
        condition("key_in_copy", "True"),
        (f"{DRAFTS}::test_the_copy_of_another_draft_restores_nothing",),
    ),
    Guard(
        "a copy grows too old", "declarations.wizard.draft_copy.decrypt_copy",
        keyword("max_age"),
        (f"{DRAFTS}::test_a_copy_grows_too_old",),
    ),
    Guard(
        "the copy restores", "declarations.wizard.draft.Draft.restore",
        returns("not self.is_closed and self.is_open"),
        (f"{DRAFTS}::test_a_post_restores_the_draft_of_an_expired_session",),
    ),
    Guard(
        "a copy overwrites nothing", "declarations.wizard.draft.Draft.restore",
        condition("is_open", "copy or not self.is_open"),
        (f"{DRAFTS}::test_a_copy_never_overwrites_a_draft_that_is_there",),
    ),
    Guard(
        "two tabs are merged", "declarations.wizard.session_store.SessionStore.save",
        call("_merge_stored", "None"),
        (f"{SESSIONS}::test_two_tabs_that_save_at_once_keep_both_drafts",),
    ),
)  # fmt: skip

# -- no one let in ---------------------------------------------------------------------------------------------

ADDRESSES = (
    Guard(
        "an address cannot be guessed", "declarations.models.filed.receipt_token",
        returns("secrets.token_urlsafe(6)"),
        (f"{RECEIPT}::test_an_address_cannot_be_guessed",),
    ),
    Guard(
        "a draft's address is no receipt's", "declarations.wizard.receipt_page.response_if_submitted",
        condition("is_own", "True"),
        (f"{CONFIRM}::test_the_address_of_a_draft_does_not_open_its_receipt_elsewhere",),
    ),
    Guard(
        "pages about somebody are not kept", f"{WIZARD}.dispatch",
        call("no_store", "self.receipt_or_gone(request) or super().dispatch(request, **kwargs)"),
        (f"{DOORS}::test_every_page_about_somebody_stays_out_of_caches",),
    ),
    Guard(
        "another employer's period is unknown", "declarations.filing.lookup.find",
        keyword("employer"),
        (f"{LOOKUPS}::test_another_employers_period_is_as_unknown_as_any",),
    ),
)  # fmt: skip

LIMITS = (
    Guard(
        "look-ups are limited", "declarations.filing.lookup.look_up",
        call("lookup_blocked_until", "None"),
        (f"{LOOKUPS}::test_who_misses_too_often_is_told_when_to_try_again",),
    ),
    Guard(
        "only what a draft found is found again uncounted",
        "declarations.wizard.lookups._find_period",
        condition("looked_up_number", "True"),
        (f"{LOOKUPS}::test_who_found_a_number_keeps_it_though_others_at_the_address_are_stopped",),
    ),
    Guard(
        "misses are counted", "declarations.filing.lookup.look_up",
        call("count_missed_lookup", "None"),
        (f"{LOOKUPS}::test_a_number_of_another_employer_counts",),
    ),
    Guard(
        "previews are limited", f"{WIZARD}.preview",
        condition("blocked_until", "False"),
        (f"{LOOKUPS}::test_too_many_previews_are_not_shown_and_the_declaration_is_taken_all_the_same",),
    ),
    Guard(
        "filings are limited", "declarations.wizard.confirm.submit",
        condition("until", "False"),
        (f"{DOORS}::test_who_may_not_file_keeps_everything_and_files_later",),
    ),
    Guard(
        "nobody is told that what was sent was not", "declarations.wizard.confirm.submit",
        call("exists", "False"),
        (f"{DOORS}::test_nobody_is_told_that_what_was_sent_was_not",),
    ),
    Guard(
        "birth dates that are tried", "declarations.filing.workers.worker_key",
        call("keyed_hash", "keyed_hash('worker', str(sorted((name, str(answers[name])) for name in answers)))"),
        (f"{LOOKUPS}::test_birth_dates_that_are_tried_count_as_one_worker",),
    ),
    Guard(
        "refusals without a preview are counted", "declarations.wizard.confirm.submit",
        condition("REFUSED", "False"),
        (f"{DOORS}::test_refusals_cannot_be_asked_one_after_another",),
    ),
    Guard(
        "the proxy's word, not the client's", "declarations.client_address._forwarded",
        returns("_parsed(request.META.get('HTTP_X_FORWARDED_FOR', '').split(',')[0])"),
        (f"{THROTTLE}::test_the_client_is_the_address_that_our_proxy_saw",),
    ),
    Guard(
        "sign-ins are limited by client", "declarations.admin.site.office.OfficeSite.login",
        condition("status_code", "False"),
        (f"{DOORS}::test_one_client_tries_few_accounts",),
    ),
)  # fmt: skip

DOORS_OF_THE_SITE = (
    Guard(
        "content security policy", "csp.middleware.CSPMiddleware", not_listed(),
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "permissions policy", "dimona_site.middleware.permissions_policy", not_listed(),
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "transport security and referrers", "django.middleware.security.SecurityMiddleware", not_listed(),
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "frames", "django.middleware.clickjacking.XFrameOptionsMiddleware", not_listed(),
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "cookies out of reach of scripts", "SESSION_COOKIE_HTTPONLY", setting(False),
        (f"{DOORS}::test_every_cookie_is_for_this_site_over_tls_and_no_script",),
    ),
    Guard(
        "forms of other sites", "django.middleware.csrf.CsrfViewMiddleware", not_listed(),
        (f"{HOSTILE}::test_a_post_from_another_site_is_refused",),
    ),
    Guard(
        "another site's form is not offered again", "declarations.wizard.pages._posted_step_fields",
        condition("CSRF_TOKEN_REASONS", "page is None or page.view_name not in ('home', *DeclarationKind)"),
        (f"{DOORS}::test_another_site_s_form_is_not_offered_again",),
    ),
    Guard(
        "the networks of the office", "dimona_site.middleware.admin_networks_only", not_listed(),
        (f"{DOORS}::test_outside_its_networks_the_office_is_no_page",),
    ),
    Guard(
        "the networks of the metrics", "dimona_site.metrics.page",
        call("is_within", "True"),
        ("tests/site/test_metrics.py::test_only_some_networks_may_read",),
    ),
    Guard(
        "a path is no other host", "declarations.wizard.pages.navigation",
        call("lstrip", "request.get_full_path()[1:]"),
        (f"{DOORS}::test_no_path_leads_elsewhere",),
    ),
    Guard(
        "bodies too big", "DATA_UPLOAD_MAX_MEMORY_SIZE", setting(None),
        (f"{HOSTILE}::test_a_body_too_big_is_a_bad_request",),
    ),
)  # fmt: skip

OFFICE = (
    Guard(
        "a code counts once", "declarations.models.staff.AuthenticatorApp.verify_token",
        keyword("min_t"),
        (f"{STAFF}::test_a_code_counts_once",),
    ),
    Guard(
        "a second factor", "declarations.admin.site.sign_in.SignInForm.clean",
        condition("otp_device", "False"),
        (f"{STAFF}::test_whatever_is_wrong_the_answer_is_the_same",),
    ),
    Guard(
        "nothing is tried before all three are there", "declarations.admin.site.sign_in.SignInForm.clean",
        condition("errors", "False"),
        (f"{STAFF}::test_without_a_code_no_password_is_tried",),
    ),
    Guard(
        "idle staff are signed out", "declarations.admin.site.idle.IdleSignOut.process_view",
        condition("idle", "True"),
        (f"{STAFF}::test_who_does_nothing_for_a_quarter_is_signed_out",),
    ),
    Guard(
        "who may see an SSIN", "declarations.admin.ssin_access.record_access",
        condition("may_see", "False"),
        (f"{STAFF}::test_who_may_not_see_it_gets_neither_the_button_nor_the_number",),
    ),
    Guard(
        "each look is recorded", "declarations.admin.ssin_access.render_ssin",
        call("record_access", "None"),
        (f"{STAFF}::test_one_press_shows_the_ssin_and_is_recorded",),
    ),
    Guard(
        "no formula in a file", "declarations.admin.exports.escape_formulas",
        returns("text"),
        (f"{EXPORTS}::test_what_a_spreadsheet_would_calculate_is_made_harmless",),
    ),
    Guard(
        "who may export", "declarations.admin.exports.export",
        call("has_perm", "True"),
        (f"{EXPORTS}::test_who_may_export_exports_what_they_may_see",),
    ),
)  # fmt: skip

# -- what is kept and told of people ---------------------------------------------------------------------------

PERSONAL_DATA = (
    Guard(
        "no SSIN in an address", "declarations.admin.base.ReadOnlyAdmin.changelist_view",
        call("query_for_url", 'request.POST["q"].strip()'),
        ("tests/admin/test_declarations.py::test_no_ssin_that_is_searched_stands_in_an_address",),
    ),
    Guard(
        "a key that is gone raises", "declarations.encryption.EncryptedTextField.from_db_value",
        call("decrypt", "decrypt(value) if key_id_of(value) in key_ids() else value"),
        ("tests/records/test_missing_key.py::test_a_page_that_reads_raises_and_shows_the_page_of_errors",),
    ),
    Guard(
        "texts are stored encrypted", "declarations.encryption.EncryptedTextField.get_prep_value",
        call("encrypt", "self._to_text(value)"),
        ("tests/records/test_encryption.py::test_no_table_holds_what_was_typed_of_a_person",),
    ),
    Guard(
        "sessions are stored encrypted", "declarations.wizard.session_store.SessionStore.encode",
        call("encrypt", "super().encode(session_dict)"),
        (f"{SESSIONS}::test_nothing_can_be_read_in_the_table",),
    ),
    Guard(
        "Django's lines without the address", "dimona_site.logs.JsonLines.format",
        call("message_of", "record.getMessage()"),
        (f"{LOGS}::test_what_is_refused_tells_no_address",),
    ),
    Guard(
        "errors without what was typed", "dimona_site.logs.errors_of",
        condition("SAFE", "True"),
        (f"{LOGS}::test_an_error_tells_where_and_not_what",),
    ),
    Guard(
        "a request's line without the address", "dimona_site.request_log._log_and_measure",
        call("info", "logger.info('Answered', extra={'fields': {**fields, 'route': request.path}})"),
        (f"{LOGS}::test_each_request_has_its_line",),
    ),
)  # fmt: skip

TAMPERING = (
    Guard(
        "what is sealed is as it was written", "declarations.records.seals.unfit_reason",
        condition("mac_of", "False"),
        (f"{SEALS}::test_a_row_that_does_not_fit_its_hash_is_named_and_not_sealed",),
    ),
    Guard(
        "a seal holds the one before it", "declarations.records.seals.links",
        call("chain_mac", "chain_mac('', seal)"),
        (f"{SEALS}::test_a_chain_that_is_another",),
    ),
    Guard(
        "the whole content is hashed", "declarations.records.seals._columns",
        returns("{}"),
        (f"{SEALS}::test_rows_of_other_content_have_other_hashes", f"{SEALS}::test_every_column_of_every_table"),
    ),
)  # fmt: skip

GUARDS = (
    *FILING, *FAULTS, *DRAFTS_KEPT, *ADDRESSES, *LIMITS, *DOORS_OF_THE_SITE, *OFFICE, *PERSONAL_DATA, *TAMPERING,
)  # fmt: skip
