"""The modules that decide, each with the tests that have to see a mutant of it."""

TARGETS: dict[str, tuple[str, ...]] = {
    "games/certificate.py": (
        "tests/games/test_certificate_parts.py",
        "tests/games/test_certificate.py",
    ),
    "games/checker/curves.py": (
        "tests/games/test_checker_curves.py",
        "tests/games/test_checker.py",
    ),
    "games/checker/document.py": (
        "tests/games/test_checker_parts.py",
        "tests/games/test_checker.py",
        "tests/games/test_rigor.py",
    ),
    "games/checker/numbers.py": (
        "tests/games/test_checker_parts.py",
        "tests/games/test_outward.py",
    ),
    "games/checker/player.py": (
        "tests/games/test_checker_parts.py",
        "tests/games/test_outward.py",
    ),
    "games/finite/tolerance.py": (
        "tests/games/finite/test_local_tolerances.py",
        "tests/games/finite/test_potential_units.py",
        "tests/games/finite/test_exact.py",
    ),
    "games/rigor/about.py": (
        "tests/games/test_rigor_parts.py",
        "tests/studies/test_verify_verb.py",
    ),
    "games/rigor/enclosure.py": (
        "tests/games/test_rigor_parts.py",
        "tests/games/test_checker.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/exact.py": (
        "tests/games/test_rigor_parts.py",
        "tests/games/test_rigor_exact.py",
        "tests/games/test_checker.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/file.py": (
        "tests/games/test_rigor_exact.py",
        "tests/games/test_checker.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/finite.py": (
        "tests/games/test_rigor_parts.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/interval.py": (
        "tests/games/test_outward.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/proof.py": (
        "tests/games/test_rigor_parts.py",
        "tests/games/test_checker.py",
        "tests/games/test_rigor.py",
    ),
    "games/rigor/scalar.py": (
        "tests/games/test_rigor_parts.py",
        "tests/games/test_rigor.py",
    ),
    "games/tolerance.py": (
        "tests/games/test_certificate_parts.py",
        "tests/games/test_tolerance.py",
        "tests/games/test_certificate.py",
        "tests/games/test_rigor.py::test_tolerances_are_numbers",
    ),
    "mechanisms/audit.py": ("tests/mechanisms/test_audit.py",),
    "mechanisms/conflict.py": (
        "tests/mechanisms/test_settled_by_hand.py",
        "tests/mechanisms/test_settlement.py",
        "tests/studies/test_design.py",
    ),
    "mechanisms/division/core.py": ("tests/mechanisms/division/test_core.py",),
    "mechanisms/division/fees.py": ("tests/mechanisms/division/test_fees.py",),
    "mechanisms/program.py": (
        "tests/mechanisms/test_settled_by_hand.py",
        "tests/mechanisms/test_costs.py",
        "tests/mechanisms/test_contract_counts.py",
        "tests/mechanisms/test_settlement.py",
    ),
    "mechanisms/settlement.py": (
        "tests/mechanisms/test_settled_by_hand.py",
        "tests/mechanisms/test_settlement.py",
    ),
    "oracles/ledger.py": (
        "tests/oracles/test_rows.py",
        "tests/oracles/test_ledger.py::test_what_was_seen_is_not_asked_again",
        "tests/oracles/test_ledger.py::test_many_queries_are_all_looked_up",
        "tests/oracles/test_ledger.py::test_failures_are_written_down_but_asked_again",
        "tests/oracles/test_ledger.py::test_another_backend_finds_no_answers_of_this_one",
        "tests/oracles/test_ledger.py::test_missing_and_damaged_ledgers_are_refused",
        "tests/oracles/test_ledger.py::test_records_cannot_be_changed",
        "tests/oracles/test_parallel.py::"
        "test_a_query_that_always_kills_costs_no_other_its_place_in_the_ledger",
    ),
    "oracles/rows.py": (
        "tests/oracles/test_rows.py",
        "tests/oracles/test_ledger.py::test_keys_ignore_rounding_and_order_only",
        "tests/oracles/test_ledger.py::test_exports_hold_every_record",
    ),
    "solvers/batch/branch.py": (
        "tests/solvers/test_branch_parts.py",
        "tests/solvers/test_branch.py",
    ),
    "solvers/batch/plan.py": (
        "tests/solvers/test_planner_parts.py",
        "tests/solvers/batch/test_plan.py",
    ),
    "solvers/batch/relaxed.py": (
        "tests/solvers/test_planner_parts.py",
        "tests/solvers/test_branch.py",
    ),
    "solvers/finite/bimatrix/check.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/complementary.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/extreme.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/faces.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/filtered.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/polytope.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/subsets.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/tableau.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/walk.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/two_players.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
        "tests/solvers/finite/test_mixed.py",
    ),
    "solvers/finite/verify.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_mixed.py",
    ),
    "solvers/planner.py": (
        "tests/solvers/test_planner_parts.py",
        "tests/solvers/test_branch.py",
    ),
    "studies/design.py": (
        "tests/studies/test_design_floor.py",
        "tests/studies/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
        "tests/studies/test_design_targets.py::test_who_cannot_contribute_needs_no_contract",
        "tests/studies/test_design_targets.py::"
        "test_a_design_whose_target_is_no_equilibrium_is_not_feasible",
        "tests/studies/test_design.py::test_there_is_no_mechanism_of_what_cannot_be",
        "tests/studies/test_design.py::test_robust_payments_keep_everybody_in_all_draws",
        "tests/studies/test_design.py::test_malformed_input_is_named",
        "tests/studies/test_design.py::test_the_verb_prints_one_object_and_the_same_in_words",
        "tests/studies/test_design.py::test_the_best_sub_coalition_can_be_guaranteed",
    ),
    "studies/designed.py": (
        "tests/studies/test_design_floor.py",
        "tests/studies/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
        "tests/studies/test_design_targets.py::test_who_cannot_contribute_needs_no_contract",
        "tests/studies/test_design_targets.py::"
        "test_a_design_whose_target_is_no_equilibrium_is_not_feasible",
        "tests/studies/test_design.py::test_there_is_no_mechanism_of_what_cannot_be",
        "tests/studies/test_design.py::test_robust_payments_keep_everybody_in_all_draws",
        "tests/studies/test_design.py::test_malformed_input_is_named",
        "tests/studies/test_design.py::test_the_verb_prints_one_object_and_the_same_in_words",
    ),
    "studies/fees.py": ("tests/studies/test_lump_sums.py",),
    "studies/outside.py": ("tests/studies/test_outside.py",),
    "studies/payments.py": ("tests/studies/test_payments.py",),
    "studies/plan.py": (
        "tests/studies/test_plan.py",
        "tests/studies/test_refused_first.py",
    ),
    "studies/statics/competition.py": (
        "tests/studies/test_statics.py::test_more_competition",
        "tests/studies/test_statics.py::test_more_skew_with_rivalry",
        "tests/studies/test_statics.py::test_effects_agree_with_differences",
    ),
    "studies/statics/differences.py": ("tests/studies/test_statics_differences.py",),
    "studies/statics/events.py": (
        "tests/studies/test_statics.py::test_who_stops_and_starts_where",
        "tests/studies/test_statics.py::test_a_kink_is_said",
        "tests/studies/test_statics_differences.py::test_the_first_of_two_close_events_is_found",
        "tests/studies/test_statics_differences.py::test_who_starts_and_soon_stops_is_seen",
        "tests/studies/test_statics.py::test_no_change_of_the_active_set_is_missed",
    ),
    "studies/statics/parameters.py": (
        "tests/studies/test_statics.py::test_names_with_colons_and_one_alone",
        "tests/studies/test_statics.py::test_what_is_refused",
        "tests/studies/test_statics.py::test_effects_agree_with_differences",
        "tests/studies/test_statics.py::test_the_rate_of_a_rule",
        "tests/studies/test_statics.py::test_prices_made_anew",
        "tests/studies/test_statics.py::test_who_stops_and_starts_where",
        "tests/studies/test_statics_differences.py::test_settings_and_rates_are_parameters",
    ),
    "studies/statics/result.py": (
        "tests/studies/test_statics_differences.py::"
        "test_the_table_has_a_line_for_every_outcome_and_organization",
        "tests/studies/test_statics.py::test_a_kink_is_said",
        "tests/studies/test_statics.py::test_more_competition",
        "tests/studies/test_statics.py::test_the_verb",
        "tests/studies/test_statics.py::test_where_nothing_is_at_stake_there_are_still_slopes",
        "tests/studies/test_statics_differences.py::test_two_steps_that_disagree_are_said",
    ),
    "studies/statics/study.py": (
        "tests/studies/test_statics.py::test_more_competition",
        "tests/studies/test_statics.py::test_a_kink_is_said",
        "tests/studies/test_statics.py::test_what_is_refused",
        "tests/studies/test_statics.py::test_no_rule_shows_no_transfers",
        "tests/studies/test_statics.py::test_prices_made_anew",
        "tests/studies/test_statics.py::test_the_rate_at_which_damage_changes_its_sign",
        "tests/studies/test_statics.py::test_who_stops_and_starts_where",
        "tests/studies/test_statics_differences.py::test_settings_and_rates_are_parameters",
        "tests/studies/test_statics_differences.py::test_what_differences_refuse",
    ),
    "studies/target.py": (
        "tests/studies/test_design_floor.py",
        "tests/studies/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
    ),
    "studies/tuned.py": (
        "tests/studies/test_tuned.py",
        "tests/studies/test_own_settings.py::test_constraints_hold_the_numbers_back",
        "tests/studies/test_own_settings.py::test_a_range_in_which_nothing_can_be_solved_says_why",
    ),
    "studies/verdicts.py": (
        "tests/studies/test_verdicts.py",
        "tests/studies/test_several_equilibria.py",
    ),
}
