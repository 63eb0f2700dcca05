#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_document.h"

namespace mscomm {

/// What a schema says about values that come as text, in a URL or a header: which types they are
/// to be taken for. It looks through references, allOf, anyOf and oneOf.
class ApiShape {
 public:
  /// Nothing is known of a value without a schema.
  ApiShape(ApiDocument& document, std::optional<DocumentNode> schema)
      : document_(document), schema_(std::move(schema)) {}

  /// Whether the schema names that type ("array"). Where it names none, any may be meant.
  [[nodiscard]] bool names(std::string_view type) const;
  [[nodiscard]] bool names_any() const;
  /// Whether it refers to what only JsonSchema finds, so that nobody knows here what it names.
  [[nodiscard]] bool is_unresolved() const;

  [[nodiscard]] ApiShape item(std::size_t index) const;
  [[nodiscard]] ApiShape member(std::string_view name) const;
  [[nodiscard]] bool has_member(std::string_view name) const;
  /// Whether members without a schema of their own are spoken of and allowed, or any are.
  [[nodiscard]] bool has_other_members() const;

  /// The text as the number, boolean or null that the schema asks for, if it can be read as one and
  /// `typed`; else as a string.
  [[nodiscard]] nlohmann::ordered_json value_of(const std::string& text, bool typed) const;

 private:
  // The first answer of the schema and of those that it consists of, in their order.
  using Search = std::function<std::optional<DocumentNode>(const DocumentNode&)>;
  [[nodiscard]] std::optional<DocumentNode> search(const Search& function) const;
  [[nodiscard]] bool has(std::string_view keyword) const;
  [[nodiscard]] ApiShape with(std::optional<DocumentNode> schema) const {
    return {document_, std::move(schema)};
  }

  ApiDocument& document_;
  std::optional<DocumentNode> schema_;
};

}  // namespace mscomm
