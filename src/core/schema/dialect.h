#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/schema/schema_node.h"
#include "core/schema/schema_options.h"

namespace mscomm {

class KeywordSite;

/// The vocabularies of 2020-12, as bits. Older dialects have them all.
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

/// What stands at a keyword that holds schemas.
enum class Subschemas { none, one, list, one_or_list, map };

/// A keyword of some dialects.
struct Keyword {
  std::string_view name;
  unsigned dialects;    ///< in which it has this meaning: bits by the value of SchemaDialect
  unsigned vocabulary;  ///< that it belongs to
  unsigned types;       ///< which values it is about
  Subschemas subschemas = Subschemas::none;
  KeywordCheck (*compile)(const KeywordSite&) = nullptr;  ///< null: it only holds schemas
  bool is_last = false;                                   ///< as in Rule
};

struct Dialect {
  SchemaDialect value;
  std::string_view name;          ///< "draft 7"
  std::string_view uri;           ///< of its metaschema, without a fragment; or empty
  std::string_view id;            ///< the keyword that names a schema
  bool has_anchors;               ///< "$anchor"; else an "$id" of only a fragment is one
  bool reference_hides_siblings;  ///< nothing beside a "$ref" counts
};

/// A dialect, with the vocabularies of it that a metaschema asks for.
struct SchemaLanguage {
  const Dialect* dialect;
  unsigned vocabularies;
};

const Dialect& dialect_of(SchemaDialect value);
SchemaLanguage language_of(SchemaDialect value);

/// The dialect whose metaschema has that URI, with or without "#"; null for others.
const Dialect* find_dialect(std::string_view uri);

/// What `$schema` can be, for a message.
std::string known_dialects();

/// The bit of the vocabulary with that URI; 0 for others.
unsigned vocabulary_bit(std::string_view uri);

/// The keyword in this language; null when it has none of that name.
const Keyword* find_keyword(const SchemaLanguage& language, std::string_view name);

/// Every keyword that holds schemas in some dialect comes from here.
std::span<const Keyword> all_keywords();

}  // namespace mscomm
