#include "core/schema/dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mscomm {
namespace {

constexpr std::array kDialects{
    Dialect{SchemaDialect::draft_4, "draft 4", "http://json-schema.org/draft-04/schema", "id",
            false, true},
    Dialect{SchemaDialect::draft_7, "draft 7", "http://json-schema.org/draft-07/schema", "$id",
            false, true},
    Dialect{SchemaDialect::draft_2020_12, "2020-12", "https://json-schema.org/draft/2020-12/schema",
            "$id", true, false},
    Dialect{SchemaDialect::draft_2020_12, "OpenAPI 3.1",
            "https://spec.openapis.org/oas/3.1/dialect/base", "$id", true, false},
    Dialect{SchemaDialect::openapi_3_0, "OpenAPI 3.0", "", "", false, true},
};

constexpr std::string_view kVocabularyFolder = "https://json-schema.org/draft/2020-12/vocab/";
constexpr std::array<std::string_view, 8> kVocabularies{
    "core",      "applicator",        "unevaluated",      "validation",
    "meta-data", "format-annotation", "format-assertion", "content"};

constexpr unsigned kEveryVocabulary =
    kCore | kApplicator | kUnevaluated | kValidation | kMetaData | kFormatAnnotation | kContent;

std::string_view without_fragment_mark(std::string_view uri) {
  uri.remove_suffix(uri.ends_with('#') ? 1 : 0);
  return uri;
}

}  // namespace

const Dialect& dialect_of(SchemaDialect value) {
  return *std::ranges::find(kDialects, value, &Dialect::value);
}

SchemaLanguage language_of(SchemaDialect value) { return {&dialect_of(value), kEveryVocabulary}; }

const Dialect* find_dialect(std::string_view uri) {
  uri = without_fragment_mark(uri);
  const auto* const found = std::ranges::find(kDialects, uri, &Dialect::uri);
  return uri.empty() || found == kDialects.end() ? nullptr : found;
}

std::string known_dialects() {
  std::string out;
  for (const auto& dialect : kDialects) {
    if (!dialect.uri.empty()) {
      out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", dialect.uri, dialect.name);
    }
  }
  return out;
}

unsigned vocabulary_bit(std::string_view uri) {
  if (!uri.starts_with(kVocabularyFolder)) {
    return 0;
  }
  const auto* const found = std::ranges::find(kVocabularies, uri.substr(kVocabularyFolder.size()));
  return found == kVocabularies.end() ? 0 : 1U << (found - kVocabularies.begin());
}

const Keyword* find_keyword(const SchemaLanguage& language, std::string_view name) {
  const unsigned dialect = 1U << static_cast<unsigned>(language.dialect->value);
  for (const auto& keyword : all_keywords()) {
    if (keyword.name == name && (keyword.dialects & dialect) != 0) {
      return (keyword.vocabulary & language.vocabularies) != 0 ? &keyword : nullptr;
    }
  }
  return nullptr;
}

}  // namespace mscomm
