#include "core/schema/keywords.h"

#include <array>

#include "core/schema/dialect.h"

namespace mscomm {
namespace {

constexpr unsigned k4 = 1U << static_cast<unsigned>(SchemaDialect::draft_4);
constexpr unsigned k7 = 1U << static_cast<unsigned>(SchemaDialect::draft_7);
constexpr unsigned k2020 = 1U << static_cast<unsigned>(SchemaDialect::draft_2020_12);
constexpr unsigned kApi = 1U << static_cast<unsigned>(SchemaDialect::openapi_3_0);
constexpr unsigned kDrafts = k4 | k7 | k2020;
constexpr unsigned kAll = kDrafts | kApi;
constexpr auto kNone = Subschemas::none;
constexpr auto kOne = Subschemas::one;
constexpr auto kList = Subschemas::list;
constexpr auto kMap = Subschemas::map;

constexpr std::array kKeywords{
    Keyword{"$ref", kAll, kCore, kAnyType, kNone, reference_check},
    Keyword{"$dynamicRef", k2020, kCore, kAnyType, kNone, dynamic_reference_check},
    Keyword{"$defs", k2020, kCore, kAnyType, kMap},
    // The place for definitions in older schemas, still common in new ones.
    Keyword{"definitions", kDrafts, kCore, kAnyType, kMap},

    Keyword{"type", kDrafts, kValidation, kAnyType, kNone, type_check},
    Keyword{"type", kApi, kValidation, kAnyType, kNone, openapi_type_check},
    Keyword{"nullable", kApi, kValidation, kAnyType, kNone, flag_check},
    Keyword{"readOnly", kApi, kMetaData, kAnyType, kNone, flag_check},
    Keyword{"writeOnly", kApi, kMetaData, kAnyType, kNone, flag_check},
    Keyword{"enum", kAll, kValidation, kAnyType, kNone, enum_check},
    Keyword{"const", k7 | k2020, kValidation, kAnyType, kNone, const_check},

    Keyword{"minimum", k7 | k2020, kValidation, kNumber, kNone, minimum_check},
    Keyword{"maximum", k7 | k2020, kValidation, kNumber, kNone, maximum_check},
    Keyword{"exclusiveMinimum", k7 | k2020, kValidation, kNumber, kNone, exclusive_minimum_check},
    Keyword{"exclusiveMaximum", k7 | k2020, kValidation, kNumber, kNone, exclusive_maximum_check},
    Keyword{"minimum", k4 | kApi, kValidation, kNumber, kNone, draft_4_minimum_check},
    Keyword{"maximum", k4 | kApi, kValidation, kNumber, kNone, draft_4_maximum_check},
    Keyword{"exclusiveMinimum", k4 | kApi, kValidation, kNumber, kNone, flag_check},
    Keyword{"exclusiveMaximum", k4 | kApi, kValidation, kNumber, kNone, flag_check},
    Keyword{"multipleOf", kAll, kValidation, kNumber, kNone, multiple_of_check},

    Keyword{"minLength", kAll, kValidation, kString, kNone, min_length_check},
    Keyword{"maxLength", kAll, kValidation, kString, kNone, max_length_check},
    Keyword{"pattern", kAll, kValidation, kString, kNone, pattern_check},
    Keyword{"format", kAll, kFormatAnnotation | kFormatAssertion, kString, kNone, format_check},

    Keyword{"minItems", kAll, kValidation, kArray, kNone, min_items_check},
    Keyword{"maxItems", kAll, kValidation, kArray, kNone, max_items_check},
    Keyword{"uniqueItems", kAll, kValidation, kArray, kNone, unique_items_check},
    Keyword{"prefixItems", k2020, kApplicator, kArray, kList, prefix_items_check},
    Keyword{"items", k2020 | kApi, kApplicator, kArray, kOne, items_check},
    Keyword{"items", k4 | k7, kApplicator, kArray, Subschemas::one_or_list, draft_7_items_check},
    Keyword{"additionalItems", k4 | k7, kApplicator, kArray, kOne, additional_items_check},
    Keyword{"contains", k2020, kApplicator, kArray, kOne, contains_check},
    Keyword{"contains", k7, kApplicator, kArray, kOne, draft_7_contains_check},
    Keyword{"unevaluatedItems", k2020, kUnevaluated, kArray, kOne, unevaluated_items_check, true},

    Keyword{"minProperties", kAll, kValidation, kObject, kNone, min_properties_check},
    Keyword{"maxProperties", kAll, kValidation, kObject, kNone, max_properties_check},
    Keyword{"required", kAll, kValidation, kObject, kNone, required_check},
    Keyword{"properties", kAll, kApplicator, kObject, kMap, properties_check},
    Keyword{"patternProperties", kDrafts, kApplicator, kObject, kMap, pattern_properties_check},
    Keyword{"additionalProperties", kAll, kApplicator, kObject, kOne, additional_properties_check},
    Keyword{"propertyNames", k7 | k2020, kApplicator, kObject, kOne, property_names_check},
    Keyword{"dependentRequired", k2020, kValidation, kObject, kNone, dependencies_check},
    Keyword{"dependentSchemas", k2020, kApplicator, kObject, kMap, dependencies_check},
    // Optional in 2020-12; its metaschema still has it.
    Keyword{"dependencies", kDrafts, kApplicator, kObject, kMap, dependencies_check},
    Keyword{"unevaluatedProperties", k2020, kUnevaluated, kObject, kOne,
            unevaluated_properties_check, true},

    Keyword{"allOf", kAll, kApplicator, kAnyType, kList, all_of_check},
    Keyword{"anyOf", kAll, kApplicator, kAnyType, kList, any_of_check},
    Keyword{"oneOf", kAll, kApplicator, kAnyType, kList, one_of_check},
    Keyword{"not", kAll, kApplicator, kAnyType, kOne, not_check},
    Keyword{"if", k7 | k2020, kApplicator, kAnyType, kOne, if_check},
    Keyword{"then", k7 | k2020, kApplicator, kAnyType, kOne},
    Keyword{"else", k7 | k2020, kApplicator, kAnyType, kOne},
};

}  // namespace

std::span<const Keyword> all_keywords() { return kKeywords; }

}  // namespace mscomm
