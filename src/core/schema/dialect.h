#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/schema/schema_node.h"
#include "core/schema/schema_options.h"

namespace mscomm {

class KeywordSite;

/// The vocabularies of 2020-12, as bits. Older dialects have all but format-assertion.
enum VocabularyBits : unsigned {
  kCore = 1,
  kApplicator = 2,
  kUnevaluated = 4,
  kValidation = 8,
  kMetaData = 16,
  kFormatAnnotation = 32,
  kFormatAssertion = 64,
  kContent = 128,
};

/// The form of a keyword's value if it holds schemas.
enum class Subschemas { none, one, list, one_or_list, map };

/// A keyword with one meaning, for the dialects that share it.
struct Keyword {
  std::string_view name;
  unsigned dialects;    ///< the dialects with this meaning: bits by the value of SchemaDialect
  unsigned vocabulary;  ///< the vocabulary it belongs to
  unsigned types;       ///< the types of values it applies to
  Subschemas subschemas = Subschemas::none;
  KeywordCheck (*compile)(const KeywordSite&) = nullptr;  ///< null: it only holds schemas
  bool is_last = false;                                   ///< as in Rule
};

struct Dialect {
  SchemaDialect value;
  std::string_view name;          ///< "draft 7"
  std::string_view uri;           ///< of its metaschema, without a fragment; may be empty
  std::string_view id;            ///< the keyword that names a schema
  bool has_anchors;               ///< has "$anchor"; else an "$id" that is only a fragment is one
  bool reference_hides_siblings;  ///< other keywords beside a "$ref" are ignored
};

/// A dialect and the vocabularies of it that a metaschema requires.
struct SchemaLanguage {
  const Dialect* dialect;
  unsigned vocabularies;
};

const Dialect& dialect_of(SchemaDialect value);
SchemaLanguage language_of(SchemaDialect value);

/// The dialect whose metaschema has that URI, with or without "#"; nullptr for others.
const Dialect* find_dialect(std::string_view uri);

/// The valid values of `$schema`, for a message.
std::string known_dialects();

/// The bit of the vocabulary with that URI; 0 for others.
unsigned vocabulary_bit(std::string_view uri);

/// The keyword of that name in this language; nullptr when the language lacks it.
const Keyword* find_keyword(const SchemaLanguage& language, std::string_view name);

/// All keywords of all dialects.
std::span<const Keyword> all_keywords();

}  // namespace mscomm
