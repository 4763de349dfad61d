"""The modules that decide, each with the tests that have to see a mutant of it."""

TARGETS: dict[str, tuple[str, ...]] = {
    "games/certificate.py": (
        "tests/games/rigor/test_certificate_parts.py",
        "tests/games/rigor/test_certificate.py",
    ),
    "games/checker/curves.py": (
        "tests/games/rigor/test_checker_curves.py",
        "tests/games/rigor/test_checker.py",
    ),
    "games/checker/document.py": (
        "tests/games/rigor/test_checker_parts.py",
        "tests/games/rigor/test_checker.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/checker/numbers.py": (
        "tests/games/rigor/test_checker_parts.py",
        "tests/games/rigor/test_outward.py",
    ),
    "games/checker/regret_bound.py": (
        "tests/games/rigor/test_checker_parts.py",
        "tests/games/rigor/test_outward.py",
    ),
    "games/finite/tolerance.py": (
        "tests/games/finite/test_local_tolerances.py",
        "tests/games/finite/test_potential_units.py",
        "tests/games/finite/test_exact.py",
    ),
    "games/rigor/certified_game.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/cli/test_verify_verb.py",
    ),
    "games/rigor/enclosure.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/games/rigor/test_checker.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/exact.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/games/rigor/test_rigor_exact.py",
        "tests/games/rigor/test_checker.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/finite.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/certificate_file.py": (
        "tests/games/rigor/test_rigor_exact.py",
        "tests/games/rigor/test_checker.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/interval.py": (
        "tests/games/rigor/test_outward.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/proof.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/games/rigor/test_checker.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/rigor/one_player.py": (
        "tests/games/rigor/test_rigor_parts.py",
        "tests/games/rigor/test_rigor.py",
    ),
    "games/tolerance.py": (
        "tests/games/rigor/test_certificate_parts.py",
        "tests/games/test_tolerance.py",
        "tests/games/rigor/test_certificate.py",
        "tests/games/rigor/test_rigor.py::test_tolerances_are_numbers",
    ),
    "mechanisms/audit/audit.py": ("tests/mechanisms/audit/test_audit.py",),
    "mechanisms/settlement/conflict.py": (
        "tests/mechanisms/settlement/test_conflict.py",
        "tests/mechanisms/settlement/test_settled_by_hand.py",
        "tests/mechanisms/settlement/test_settlement.py",
    ),
    "mechanisms/division/core.py": ("tests/mechanisms/division/test_core.py",),
    "mechanisms/fees.py": ("tests/mechanisms/division/test_fees.py",),
    "mechanisms/settlement/linear_program.py": (
        "tests/mechanisms/settlement/test_conflict.py",
        "tests/mechanisms/settlement/test_settled_by_hand.py",
        "tests/mechanisms/settlement/test_costs.py",
        "tests/mechanisms/settlement/test_contract_counts.py",
        "tests/mechanisms/settlement/test_settlement.py",
    ),
    "mechanisms/settlement/settlement.py": (
        "tests/mechanisms/settlement/test_conflict.py",
        "tests/mechanisms/settlement/test_settled_by_hand.py",
        "tests/mechanisms/settlement/test_settlement.py",
    ),
    "oracles/ledger/ledger.py": (
        "tests/oracles/ledger/test_rows.py",
        "tests/oracles/ledger/test_ledger.py::test_what_was_seen_is_not_asked_again",
        "tests/oracles/ledger/test_ledger.py::test_many_queries_are_all_looked_up",
        "tests/oracles/ledger/test_ledger.py::test_failures_are_written_down_but_asked_again",
        "tests/oracles/ledger/test_ledger.py::test_another_backend_finds_no_answers_of_this_one",
        "tests/oracles/ledger/test_ledger.py::test_missing_and_damaged_ledgers_are_refused",
        "tests/oracles/ledger/test_ledger.py::test_records_cannot_be_changed",
        "tests/oracles/parallel/test_parallel.py::"
        "test_a_query_that_always_kills_costs_no_other_its_place_in_the_ledger",
    ),
    "oracles/ledger/rows.py": (
        "tests/oracles/ledger/test_rows.py",
        "tests/oracles/ledger/test_ledger.py::test_keys_ignore_rounding_and_order_only",
        "tests/oracles/ledger/test_ledger.py::test_exports_hold_every_record",
    ),
    "games/measured/best_response.py": (
        "tests/games/measured/test_measured_gains.py",
        "tests/solvers/test_solve_measured.py",
    ),
    "oracles/gains/skill.py": (
        "tests/oracles/gains/test_skill.py",
        "tests/studies/measured/test_skill.py",
    ),
    "output/formats.py": (
        "tests/output/test_formats.py",
        "tests/output/test_long_and_chosen.py",
    ),
    "output/frame.py": (
        "tests/output/test_long_and_chosen.py",
        "tests/test_results.py",
    ),
    "output/terminal.py": ("tests/output/test_formats.py",),
    "solvers/batch/branch.py": (
        "tests/solvers/planner/test_branch_parts.py",
        "tests/solvers/planner/test_branch.py",
    ),
    "solvers/planner/plan.py": (
        "tests/solvers/planner/test_planner_parts.py",
        "tests/solvers/batch/test_plan.py",
    ),
    "solvers/batch/relaxed_welfare.py": (
        "tests/solvers/planner/test_planner_parts.py",
        "tests/solvers/planner/test_branch.py",
    ),
    "solvers/finite/bimatrix/check.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/extreme_equilibria.py": (
        "tests/solvers/finite/test_parts.py",
        "tests/solvers/finite/test_bimatrix.py",
    ),
    "solvers/finite/bimatrix/walk_in_floats.py": (
        "tests/solvers/finite/test_walk_in_floats.py",
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
    "solvers/planner/planner.py": (
        "tests/solvers/planner/test_planner_parts.py",
        "tests/solvers/planner/test_branch.py",
    ),
    "studies/design/design.py": (
        "tests/studies/design/test_design_floor.py",
        "tests/studies/design/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
        "tests/studies/design/test_design_targets.py::test_who_cannot_contribute_needs_no_contract",
        "tests/studies/design/test_design_targets.py::"
        "test_a_design_whose_target_is_no_equilibrium_is_not_feasible",
        "tests/studies/design/test_design.py::test_there_is_no_mechanism_of_what_cannot_be",
        "tests/studies/design/test_design.py::test_robust_payments_keep_everybody_in_all_draws",
        "tests/studies/design/test_design.py::test_malformed_input_is_named",
        "tests/studies/design/test_design.py::test_the_verb_prints_one_object_and_the_same_in_words",
        "tests/studies/design/test_design.py::test_the_best_sub_coalition_can_be_guaranteed",
    ),
    "studies/design/result.py": (
        "tests/studies/design/test_design_floor.py",
        "tests/studies/design/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
        "tests/studies/design/test_design_targets.py::test_who_cannot_contribute_needs_no_contract",
        "tests/studies/design/test_design_targets.py::"
        "test_a_design_whose_target_is_no_equilibrium_is_not_feasible",
        "tests/studies/design/test_design.py::test_there_is_no_mechanism_of_what_cannot_be",
        "tests/studies/design/test_design.py::test_robust_payments_keep_everybody_in_all_draws",
        "tests/studies/design/test_design.py::test_malformed_input_is_named",
        "tests/studies/design/test_design.py::test_the_verb_prints_one_object_and_the_same_in_words",
    ),
    "studies/scenario/fees.py": ("tests/studies/scenario/test_lump_sums.py",),
    "studies/outside/outside.py": ("tests/studies/outside/test_outside.py",),
    "studies/play/payments.py": ("tests/studies/play/test_payments.py",),
    "studies/measured/oracle_needs.py": (
        "tests/studies/measured/test_plan.py",
        "tests/studies/measured/test_refused_first.py",
    ),
    "studies/statics/parameters.py": (
        "tests/studies/statics/test_statics_parameters.py::test_competition_with_something_added_is_the_sum_of_matrices",
        "tests/studies/statics/test_statics.py::test_more_competition",
        "tests/studies/statics/test_statics.py::test_more_skew_with_rivalry",
        "tests/studies/statics/test_statics.py::test_effects_agree_with_differences",
        "tests/studies/statics/test_statics_parameters.py::test_a_parameter_moves_what_it_names_and_nothing_else",
        "tests/studies/statics/test_statics_parameters.py::test_a_rate_of_a_rule_that_pays_without_it",
        "tests/studies/statics/test_statics_parameters.py::test_names_with_dots_and_one_alone",
        "tests/studies/statics/test_statics_parameters.py::test_what_is_refused",
        "tests/studies/statics/test_statics.py::test_the_rate_of_a_rule",
        "tests/studies/statics/test_statics.py::test_prices_made_anew",
        "tests/studies/statics/test_statics_events.py::test_who_stops_and_starts_where",
        "tests/studies/statics/test_statics_differences.py::test_settings_and_rates_are_parameters",
    ),
    "studies/statics/differences.py": ("tests/studies/statics/test_statics_differences.py",),
    "studies/statics/events.py": (
        "tests/studies/statics/test_statics.py::test_where_nothing_can_be_solved_the_end_is_found",
        "tests/studies/statics/test_statics.py::test_the_way_to_an_event_is_the_same_in_every_unit",
        "tests/studies/statics/test_statics.py::test_the_tangent_sees_who_starts_in_every_unit_of_data",
        "tests/studies/statics/test_statics.py::test_what_happens_just_beyond_the_range_is_no_event",
        "tests/studies/statics/test_statics_events.py::test_who_stops_together_is_named_together_and_nobody_else",
        "tests/studies/statics/test_statics.py::test_units_of_money_and_data_move_no_event",
        "tests/studies/statics/test_statics.py::test_who_can_bring_next_to_nothing_goes_all_the_way_at_once",
        "tests/studies/statics/test_statics_events.py::test_who_stops_and_starts_where",
        "tests/studies/statics/test_statics.py::test_a_kink_is_said",
        "tests/studies/statics/test_statics_differences.py::test_the_first_of_two_close_events_is_found",
        "tests/studies/statics/test_statics_differences.py::test_who_starts_and_soon_stops_is_seen",
        "tests/studies/statics/test_statics.py::test_no_change_of_the_active_set_is_missed",
    ),
    "studies/statics/result.py": (
        "tests/studies/statics/test_statics.py::"
        "test_what_is_next_to_nothing_has_an_elasticity_and_what_is_nothing_has_none",
        "tests/studies/statics/test_statics_differences.py::"
        "test_the_table_has_a_line_for_every_outcome_and_organization",
        "tests/studies/statics/test_statics.py::test_a_kink_is_said",
        "tests/studies/statics/test_statics.py::test_more_competition",
        "tests/studies/statics/test_statics.py::test_the_verb",
        "tests/studies/statics/test_statics.py::test_where_nothing_is_at_stake_there_are_still_slopes",
        "tests/studies/statics/test_statics_differences.py::test_two_steps_that_disagree_are_said",
    ),
    "studies/statics/statics.py": (
        "tests/studies/statics/test_statics.py::"
        "test_what_is_next_to_nothing_has_an_elasticity_and_what_is_nothing_has_none",
        "tests/studies/statics/test_statics.py::test_of_a_loss_there_is_no_efficiency",
        "tests/studies/statics/test_statics.py::test_what_checks_takes_the_same_as_what_answers",
        "tests/studies/statics/test_statics.py::"
        "test_how_far_a_parameter_that_is_0_is_followed_is_the_same_in_every_unit",
        "tests/studies/statics/test_statics_differences.py::"
        "test_a_setting_that_is_0_today_is_moved_by_little",
        "tests/studies/statics/test_statics.py::test_more_competition",
        "tests/studies/statics/test_statics.py::test_a_kink_is_said",
        "tests/studies/statics/test_statics_parameters.py::test_what_is_refused",
        "tests/studies/statics/test_statics.py::test_no_rule_shows_no_transfers",
        "tests/studies/statics/test_statics.py::test_prices_made_anew",
        "tests/studies/statics/test_statics.py::test_the_rate_at_which_damage_changes_its_sign",
        "tests/studies/statics/test_statics_events.py::test_who_stops_and_starts_where",
        "tests/studies/statics/test_statics_differences.py::"
        "test_a_rule_for_a_target_is_held_or_made_anew",
        "tests/studies/statics/test_statics_differences.py::test_settings_and_rates_are_parameters",
        "tests/studies/statics/test_statics_differences.py::test_what_differences_refuse",
    ),
    "studies/design/target.py": (
        "tests/studies/design/test_design_floor.py",
        "tests/studies/design/test_design_targets.py::test_the_matrix_of_prices_says_who_pays_whom",
    ),
    "studies/design/tune_rule.py": (
        "tests/studies/design/test_tuned.py",
        "tests/studies/scenario/test_own_settings.py::test_constraints_hold_the_numbers_back",
        "tests/studies/scenario/test_own_settings.py::test_a_range_in_which_nothing_can_be_solved_says_why",
    ),
    "studies/audit/verdicts.py": (
        "tests/studies/audit/test_verdicts.py",
        "tests/studies/solve/test_several_equilibria.py",
    ),
}
