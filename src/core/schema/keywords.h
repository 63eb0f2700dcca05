#pragma once

#include "core/schema/schema_compiler.h"
#include "core/schema/schema_node.h"

/// A function for each meaning of a keyword: what it asks of a value. The rules are in the chapters
/// of 2020-12 "core" and "validation", and in the drafts where a name says so.
namespace mscomm {

// Any value.
Check type_check(const KeywordSite& site);
Check openapi_type_check(const KeywordSite& site);
Check enum_check(const KeywordSite& site);
Check const_check(const KeywordSite& site);

// Numbers.
Check minimum_check(const KeywordSite& site);
Check maximum_check(const KeywordSite& site);
Check exclusive_minimum_check(const KeywordSite& site);
Check exclusive_maximum_check(const KeywordSite& site);
Check draft_4_minimum_check(const KeywordSite& site);
Check draft_4_maximum_check(const KeywordSite& site);
Check draft_4_exclusive_check(const KeywordSite& site);
Check multiple_of_check(const KeywordSite& site);

// Strings.
Check min_length_check(const KeywordSite& site);
Check max_length_check(const KeywordSite& site);
Check pattern_check(const KeywordSite& site);
Check format_check(const KeywordSite& site);

// Arrays.
Check min_items_check(const KeywordSite& site);
Check max_items_check(const KeywordSite& site);
Check unique_items_check(const KeywordSite& site);
Check prefix_items_check(const KeywordSite& site);
Check items_check(const KeywordSite& site);
Check draft_7_items_check(const KeywordSite& site);
Check additional_items_check(const KeywordSite& site);
Check contains_check(const KeywordSite& site);
Check draft_7_contains_check(const KeywordSite& site);
Check unevaluated_items_check(const KeywordSite& site);

// Objects.
Check min_properties_check(const KeywordSite& site);
Check max_properties_check(const KeywordSite& site);
Check required_check(const KeywordSite& site);
Check properties_check(const KeywordSite& site);
Check pattern_properties_check(const KeywordSite& site);
Check additional_properties_check(const KeywordSite& site);
Check property_names_check(const KeywordSite& site);
Check dependencies_check(const KeywordSite& site);
Check unevaluated_properties_check(const KeywordSite& site);

// Other schemas.
Check reference_check(const KeywordSite& site);
Check dynamic_reference_check(const KeywordSite& site);
Check all_of_check(const KeywordSite& site);
Check any_of_check(const KeywordSite& site);
Check one_of_check(const KeywordSite& site);
Check not_check(const KeywordSite& site);
Check if_check(const KeywordSite& site);

}  // namespace mscomm
