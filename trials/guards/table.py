"""The guards, in the order of docs/security.md: each with the line that is taken out, and the tests that notice."""

from __future__ import annotations

from .mutation import Guard

DOORS, THROTTLE, LOGS = "tests/site/test_web_security.py", "tests/filing/test_throttling.py", "tests/site/test_logs.py"
DRAFTS, SESSIONS = "tests/wizard/test_drafts.py", "tests/wizard/test_session_store.py"
SEALS = "tests/records/test_seals.py"
CONFIRM, TRAPS, RECEIPT = (f"tests/journeys/test_{name}.py" for name in ("confirm", "traps", "receipt"))
LOOKUPS, HOSTILE = (f"tests/journeys/test_{name}.py" for name in ("lookups", "hostile"))
STAFF, DECISIONS = "tests/admin/test_staff.py", "tests/filing/test_decisions.py"
EXPORTS = "tests/admin/test_exports.py"
SETTINGS = "dimona_site/settings.py"

# -- nothing lost, nothing doubled -----------------------------------------------------------------------------

FILING = (
    Guard(
        "filed whole or not at all", "declarations/filing/submission.py",
        "        with transaction.atomic():\n            return _submit(",
        "        if True:\n            return _submit(",
        (f"{CONFIRM}::test_a_failure_after_the_insert_files_nothing_half",),
    ),
    Guard(
        "a draft is filed once", "declarations/filing/submission.py",
        "if filed := Declaration.objects.filter(draft=submission.draft).first():",
        "if filed := None:",
        (
            f"{CONFIRM}::test_simultaneous_confirms_file_once",
            "tests/filing/test_submission.py::test_a_draft_is_filed_once",
        ),
    ),
    Guard(
        "the answer that was shown", "declarations/filing/submission.py",
        "if displayed_fingerprint not in (assessment.fingerprint, not_previewed(assessment.state_before)):",
        "if False:",
        (
            "tests/filing/test_submission.py::test_an_answer_that_is_not_the_displayed_one_files_nothing",
            f"{TRAPS}::test_a_changed_answer_of_the_office_gives_the_fresh_overview",
        ),
    ),
    Guard(
        "the answers that were shown", "declarations/wizard/wizard.py",
        'if self.request.POST.get("answers_digest") != self.answers_digest:',
        "if False:",
        (f"{TRAPS}::test_a_duplicated_tab_gets_the_fresh_overview_and_files_nothing",),
    ),
    Guard(
        "a step is reached through those before it", "declarations/wizard/wizard.py",
        "            return self.save_and_redirect(self.step)\n        return self.submit_step(self.posted_form)",
        "            pass\n        return self.submit_step(self.posted_form)",
        (f"{TRAPS}::test_a_step_is_reached_only_through_those_before_it",),
    ),
    Guard(
        "a declaration is written once", "declarations/models/filed.py",
        "class Declaration(WriteOnceModel, EmploymentTerms):",
        "class Declaration(EmploymentTerms):",
        ("tests/filing/test_submission.py::test_a_filed_declaration_is_never_written_again",),
    ),
    Guard(
        "one decision", "declarations/filing/decisions.py",
        "    if earlier := Decision.objects.filter(declaration=declaration).first():\n",
        "    if earlier := None:\n",
        (f"{DECISIONS}::test_a_second_decision_is_not_taken",),
    ),
)  # fmt: skip

FAULTS = (
    Guard(
        "a database that is away", "dimona_site/urls.py",
        'handler500 = "declarations.wizard.database_unavailable.server_error"\n', "",
        ("tests/site/test_database_unavailable.py::test_whichever_statement_fails_everything_posted_is_kept_and_goes_through_again",),
    ),
    Guard(
        "a post that may be another site's", "declarations/wizard/database_unavailable.py",
        'request.method == "POST" and getattr(request, "csrf_processing_done", False)', 'request.method == "POST"',
        ("tests/site/test_database_unavailable.py::test_a_post_whose_token_was_not_checked_is_not_offered_again",),
    ),
    Guard(
        "an OUT that became late", "declarations/filing/submission.py",
        'return " ".join([self.status, *codes, _text(self.state_before), *(["late"] if self.comes_late else [])])',
        'return " ".join([self.status, *codes, _text(self.state_before)])',
        ("tests/journeys/test_changed_judgment.py::test_a_judgment_that_changes_before_confirm_is_shown_first",),
    ),
    Guard(
        "a change that comes between", "declarations/records/key_rotation.py",
        "same = [row for row in table.stored_values(free) if row == read[row[0]]]",
        "same = list(table.stored_values(free))",
        ("tests/records/test_key_rotation.py::test_a_change_that_comes_between_is_kept",),
    ),
    Guard(
        "a damaged backup", "declarations/records/backups/manifest.py",
        " or sha256(path) != manifest.sha256:", ":",
        ("tests/records/test_backups.py::test_a_restore_refuses_what_does_not_fit",),
    ),
)  # fmt: skip

DRAFTS_KEPT = (
    Guard(
        "a copy is of its draft", "declarations/wizard/drafts.py",
        "return data if key_in_copy == key else None", "return data",
        (f"{DRAFTS}::test_the_copy_of_another_draft_restores_nothing",),
    ),
    Guard(
        "a copy grows too old", "declarations/wizard/drafts.py",
        "decrypt(encrypted_copy, max_age=settings.DRAFT_COPY_MAX_AGE)", "decrypt(encrypted_copy)",
        (f"{DRAFTS}::test_a_copy_grows_too_old",),
    ),
    Guard(
        "the copy restores", "declarations/wizard/drafts.py",
        "        _make_room(request)\n        request.session[key] = data\n", "        _make_room(request)\n",
        (f"{DRAFTS}::test_a_post_restores_the_draft_of_an_expired_session",),
    ),
    Guard(
        "a copy overwrites nothing", "declarations/wizard/drafts.py",
        "    if key not in request.session:\n        data = _copy",
        '    if key not in request.session or "draft_copy" in request.POST:\n        data = _copy',
        (f"{DRAFTS}::test_a_copy_never_overwrites_a_draft_that_is_there",),
    ),
    Guard(
        "two tabs are merged", "declarations/wizard/session_store.py",
        "            self._merge_stored(self.decode(row.session_data))\n", "",
        (f"{SESSIONS}::test_two_tabs_that_save_at_once_keep_both_drafts",),
    ),
)  # fmt: skip

# -- no one let in ---------------------------------------------------------------------------------------------

ADDRESSES = (
    Guard(
        "an address cannot be guessed", "declarations/models/filed.py",
        "return secrets.token_urlsafe(24)", "return secrets.token_urlsafe(6)",
        (f"{RECEIPT}::test_an_address_cannot_be_guessed",),
    ),
    Guard(
        "a draft's address is no receipt's", "declarations/wizard/receipt_page.py",
        "if is_closed or drafts.is_own(request, kind, draft):", "if True:",
        (f"{CONFIRM}::test_the_address_of_a_draft_does_not_open_its_receipt_elsewhere",),
    ),
    Guard(
        "pages about somebody are not kept", "declarations/wizard/wizard.py",
        "no_store(self.receipt_or_gone(request, kwargs[\"draft\"]) or super().dispatch(request, *args, **kwargs))",
        "self.receipt_or_gone(request, kwargs[\"draft\"]) or super().dispatch(request, *args, **kwargs)",
        (f"{DOORS}::test_every_page_about_somebody_stays_out_of_caches",),
    ),
    Guard(
        "another employer's period is unknown", "declarations/filing/lookup.py",
        "filter(number=number, employer=employer).first()\n    if period:",
        "filter(number=number).first()\n    if period:",
        (f"{LOOKUPS}::test_another_employers_period_is_as_unknown_as_any",),
    ),
)  # fmt: skip

LIMITS = (
    Guard(
        "look-ups are limited", "declarations/filing/lookup.py",
        "if until := throttling.lookup_blocked_until(client, subject, now, has_submitted=has_submitted):",
        "if until := None:",
        (f"{LOOKUPS}::test_who_misses_too_often_is_told_when_to_try_again",),
    ),
    Guard(
        "only what a draft found is found again uncounted", "declarations/wizard/forms/start.py",
        "again = find(number, employer) if number == known.looked_up_number else Lookup(LookupResult.NOT_FOUND)",
        "again = find(number, employer)",
        (f"{LOOKUPS}::test_who_found_a_number_keeps_it_though_others_at_the_address_are_stopped",),
    ),
    Guard(
        "misses are counted", "declarations/filing/lookup.py",
        "        throttling.count_missed_lookup(client, subject, now)\n", "        pass\n",
        (f"{LOOKUPS}::test_a_number_of_another_employer_counts",),
    ),
    Guard(
        "previews are limited", "declarations/wizard/wizard.py",
        "        if self.blocked_until:\n            return None\n", "",
        (f"{LOOKUPS}::test_too_many_previews_are_not_shown_and_the_declaration_is_taken_all_the_same",),
    ),
    Guard(
        "filings are limited", "declarations/wizard/confirm.py",
        "if until and not Declaration.objects.filter(draft=draft_id).exists():", "if False:",
        (f"{DOORS}::test_who_may_not_file_keeps_everything_and_files_later",),
    ),
    Guard(
        "nobody is told that what was sent was not", "declarations/wizard/confirm.py",
        "if until and not Declaration.objects.filter(draft=draft_id).exists():", "if until:",
        (f"{DOORS}::test_nobody_is_told_that_what_was_sent_was_not",),
    ),
    Guard(
        "birth dates that are tried", "declarations/filing/workers.py",
        """f"{fold(answers['family_name'])} {fold(answers['given_name'])}")""",
        """f"{fold(answers['family_name'])} {fold(answers['given_name'])} {answers['birth_date']}")""",
        (f"{LOOKUPS}::test_birth_dates_that_are_tried_count_as_one_worker",),
    ),
    Guard(
        "refusals without a preview are counted", "declarations/wizard/confirm.py",
        "is_refusal_without_preview = is_not_previewed and declaration.status == Status.REFUSED",
        "is_refusal_without_preview = False",
        (f"{DOORS}::test_refusals_cannot_be_asked_one_after_another",),
    ),
    Guard(
        "the proxy's word, not the client's", "declarations/client_address.py",
        "return _parsed(entries[-hops]) if", "return _parsed(entries[0]) if",
        (f"{THROTTLE}::test_the_client_is_the_address_that_our_proxy_saw",),
    ),
    Guard(
        "sign-ins are limited by client", "declarations/admin/site/office.py",
        "        if is_try and answer.status_code == 200:\n", "        if False:\n",
        (f"{DOORS}::test_one_client_tries_few_accounts",),
    ),
)  # fmt: skip

DOORS_OF_THE_SITE = (
    Guard(
        "content security policy", SETTINGS,
        '    "csp.middleware.CSPMiddleware",\n', "",
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "permissions policy", SETTINGS,
        '    "dimona_site.middleware.permissions_policy",\n', "",
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "transport security and referrers", SETTINGS,
        '    "django.middleware.security.SecurityMiddleware",\n', "",
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "frames", SETTINGS,
        '    "django.middleware.clickjacking.XFrameOptionsMiddleware",\n', "",
        (f"{DOORS}::test_every_page_has_its_headers",),
    ),
    Guard(
        "cookies out of reach of scripts", SETTINGS,
        "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True\n", "CSRF_COOKIE_HTTPONLY = False\n",
        (f"{DOORS}::test_every_cookie_is_for_this_site_over_tls_and_no_script",),
    ),
    Guard(
        "forms of other sites", SETTINGS,
        '    "django.middleware.csrf.CsrfViewMiddleware",\n', "",
        (f"{HOSTILE}::test_a_post_from_another_site_is_refused",),
    ),
    Guard(
        "another site's form is not offered again", "declarations/wizard/pages.py",
        " or not reason.startswith(CSRF_TOKEN_REASONS)", "",
        (f"{DOORS}::test_another_site_s_form_is_not_offered_again",),
    ),
    Guard(
        "the networks of the office", SETTINGS,
        '    "dimona_site.middleware.admin_networks_only",\n', "",
        (f"{DOORS}::test_outside_its_networks_the_office_is_no_page",),
    ),
    Guard(
        "the networks of the metrics", "dimona_site/metrics.py",
        "if not is_within(request, settings.METRICS_NETWORKS):", "if False:",
        ("tests/site/test_metrics.py::test_only_some_networks_may_read",),
    ),
    Guard(
        "a path is no other host", "declarations/wizard/pages.py",
        'path = "/" + request.get_full_path().lstrip("/")', "path = request.get_full_path()",
        (f"{DOORS}::test_no_path_leads_elsewhere",),
    ),
    Guard(
        "bodies too big", SETTINGS,
        "DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024\n", "DATA_UPLOAD_MAX_MEMORY_SIZE = None\n",
        (f"{HOSTILE}::test_a_body_too_big_is_a_bad_request",),
    ),
)  # fmt: skip

OFFICE = (
    Guard(
        "a code counts once", "declarations/models/staff.py",
        ", min_t=self.last_step + 1", "",
        (f"{STAFF}::test_a_code_counts_once",),
    ),
    Guard(
        "a second factor", "declarations/admin/site/sign_in.py",
        "        if user.otp_device is None:\n", "        if False:\n",
        (f"{STAFF}::test_whatever_is_wrong_the_answer_is_the_same",),
    ),
    Guard(
        "nothing is tried before all three are there", "declarations/admin/site/sign_in.py",
        "        if self.errors:\n", "        if False:\n",
        (f"{STAFF}::test_without_a_code_no_password_is_tried",),
    ),
    Guard(
        "idle staff are signed out", "declarations/admin/site/idle.py",
        "        if idle < settings.STAFF_IDLE_SECONDS:\n", "        if True:\n",
        (f"{STAFF}::test_who_does_nothing_for_a_quarter_is_signed_out",),
    ),
    Guard(
        "who may see an SSIN", "declarations/admin/ssin_access.py",
        "    if not may_see(request):\n        raise PermissionDenied\n", "",
        (f"{STAFF}::test_who_may_not_see_it_gets_neither_the_button_nor_the_number",),
    ),
    Guard(
        "each look is recorded", "declarations/admin/ssin_access.py",
        "        record_access(request, row, timezone.now())\n", "",
        (f"{STAFF}::test_one_press_shows_the_ssin_and_is_recorded",),
    ),
    Guard(
        "no formula in a file", "declarations/admin/exports.py",
        'return FORMULA.sub(r"\\1\'", text)', "return text",
        (f"{EXPORTS}::test_what_a_spreadsheet_would_calculate_is_made_harmless",),
    ),
    Guard(
        "who may export", "declarations/admin/exports.py",
        'is_reader and request.user.has_perm("declarations.export_declaration")', "is_reader",
        (f"{EXPORTS}::test_who_may_export_exports_what_they_may_see",),
    ),
)  # fmt: skip

# -- what is kept and told of people ---------------------------------------------------------------------------

PERSONAL_DATA = (
    Guard(
        "no SSIN in an address", "declarations/admin/base.py",
        'search.query_for_url(request.POST["q"].strip())', 'request.POST["q"].strip()',
        ("tests/admin/test_declarations.py::test_no_ssin_that_is_searched_stands_in_an_address",),
    ),
    Guard(
        "a key that is gone raises", "declarations/encryption.py",
        '        raise DecryptionError("This text cannot be decrypted with the keys listed.") from error\n',
        "        return stored\n",
        ("tests/records/test_missing_key.py::test_a_page_that_reads_raises_and_shows_the_page_of_errors",),
    ),
    Guard(
        "texts are stored encrypted", "declarations/encryption.py",
        "return None if value is None else encrypt(self._to_text(value))",
        "return None if value is None else self._to_text(value)",
        ("tests/records/test_encryption.py::test_no_table_holds_what_was_typed_of_a_person",),
    ),
    Guard(
        "sessions are stored encrypted", "declarations/wizard/session_store.py",
        "return encrypt(super().encode(session_dict))", "return super().encode(session_dict)",
        (f"{SESSIONS}::test_nothing_can_be_read_in_the_table",),
    ),
    Guard(
        "Django's lines without the address", "dimona_site/logs.py",
        '"message": message_of(record),', '"message": record.getMessage(),',
        (f"{LOGS}::test_what_is_refused_tells_no_address",),
    ),
    Guard(
        "errors without what was typed", "dimona_site/logs.py",
        "str(each) if isinstance(each, SAFE) and not isinstance(each, SMTPException) else WITHHELD", "str(each)",
        (f"{LOGS}::test_an_error_tells_where_and_not_what",),
    ),
    Guard(
        "a request's line without the address", "dimona_site/request_log.py",
        '"route": route,', '"route": request.path,',
        (f"{LOGS}::test_each_request_has_its_line",),
    ),
)  # fmt: skip

TAMPERING = (
    Guard(
        "what is sealed is as it was written", "declarations/records/seals.py",
        "    if row.content_mac != mac_of(row):\n", "    if False:\n",
        (f"{SEALS}::test_a_row_that_does_not_fit_its_hash_is_named_and_not_sealed",),
    ),
    Guard(
        "a seal holds the one before it", "declarations/records/seals.py",
        'chain_mac(previous.chain_mac if previous else "", seal)', 'chain_mac("", seal)',
        (f"{SEALS}::test_a_chain_that_is_another",),
    ),
    Guard(
        "the whole content is hashed", "declarations/records/seals.py",
        "    content = _columns(row)\n", '    content = {"id": row.pk}\n',
        (f"{SEALS}::test_rows_of_other_content_have_other_hashes", f"{SEALS}::test_every_column_of_every_table"),
    ),
)  # fmt: skip

GUARDS = (
    *FILING, *FAULTS, *DRAFTS_KEPT, *ADDRESSES, *LIMITS, *DOORS_OF_THE_SITE, *OFFICE, *PERSONAL_DATA, *TAMPERING,
)  # fmt: skip
