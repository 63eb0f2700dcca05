#pragma once

#include "core/schema/schema_compiler.h"
#include "core/schema/schema_node.h"

/// Compiles a keyword to its check, one function for each meaning. The rules are in the chapters of
/// 2020-12 "core" and "validation", and in the drafts where a name says so.
namespace mscomm {

// Any value.
KeywordCheck type_check(const KeywordSite& site);
KeywordCheck openapi_type_check(const KeywordSite& site);
KeywordCheck enum_check(const KeywordSite& site);
KeywordCheck const_check(const KeywordSite& site);

// Numbers.
KeywordCheck minimum_check(const KeywordSite& site);
KeywordCheck maximum_check(const KeywordSite& site);
KeywordCheck exclusive_minimum_check(const KeywordSite& site);
KeywordCheck exclusive_maximum_check(const KeywordSite& site);
KeywordCheck draft_4_minimum_check(const KeywordSite& site);
KeywordCheck draft_4_maximum_check(const KeywordSite& site);
KeywordCheck flag_check(const KeywordSite& site);
KeywordCheck multiple_of_check(const KeywordSite& site);

// Strings.
KeywordCheck min_length_check(const KeywordSite& site);
KeywordCheck max_length_check(const KeywordSite& site);
KeywordCheck pattern_check(const KeywordSite& site);
KeywordCheck format_check(const KeywordSite& site);

// Arrays.
KeywordCheck min_items_check(const KeywordSite& site);
KeywordCheck max_items_check(const KeywordSite& site);
KeywordCheck unique_items_check(const KeywordSite& site);
KeywordCheck prefix_items_check(const KeywordSite& site);
KeywordCheck items_check(const KeywordSite& site);
KeywordCheck draft_7_items_check(const KeywordSite& site);
KeywordCheck additional_items_check(const KeywordSite& site);
KeywordCheck contains_check(const KeywordSite& site);
KeywordCheck draft_7_contains_check(const KeywordSite& site);
KeywordCheck unevaluated_items_check(const KeywordSite& site);

// Objects.
KeywordCheck min_properties_check(const KeywordSite& site);
KeywordCheck max_properties_check(const KeywordSite& site);
KeywordCheck required_check(const KeywordSite& site);
KeywordCheck properties_check(const KeywordSite& site);
KeywordCheck pattern_properties_check(const KeywordSite& site);
KeywordCheck additional_properties_check(const KeywordSite& site);
KeywordCheck property_names_check(const KeywordSite& site);
KeywordCheck dependencies_check(const KeywordSite& site);
KeywordCheck unevaluated_properties_check(const KeywordSite& site);

// Other schemas.
KeywordCheck reference_check(const KeywordSite& site);
KeywordCheck dynamic_reference_check(const KeywordSite& site);
KeywordCheck all_of_check(const KeywordSite& site);
KeywordCheck any_of_check(const KeywordSite& site);
KeywordCheck one_of_check(const KeywordSite& site);
KeywordCheck not_check(const KeywordSite& site);
KeywordCheck if_check(const KeywordSite& site);

}  // namespace mscomm
