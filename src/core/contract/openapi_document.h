#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "core/document/document_node.h"
#include "core/schema/json_schema.h"

namespace mscomm {

/// An OpenAPI description (3.0 or 3.1).
class ApiDocument : public LinkedDocument {
 public:
  /// Throws Error{usage} when it is not OpenAPI 3.0 or 3.1, and what DocumentFiles::open() throws.
  ApiDocument(const std::string& path, std::shared_ptr<DocumentFiles> files, std::size_t max_steps);

  [[nodiscard]] bool is_3_0() const { return is_3_0_; }

  /// The object at the end of a chain of `$ref`s. Throws Error{usage} when it is none, or a
  /// component that does not stand in the `wanted` part of the components, for example "responses".
  DocumentNode follow_to(const DocumentNode& node, std::string_view wanted);

  /// The schema that stands at a node, compiled once. Throws what JsonSchema::compile() throws, and
  /// Error{usage} for a reference to a component that is no schema.
  std::shared_ptr<const JsonSchema> schema(const DocumentNode& node, SchemaUse use);

 private:
  std::map<std::pair<const nlohmann::ordered_json*, SchemaUse>, std::shared_ptr<const JsonSchema>>
      schemas_;
  std::size_t max_steps_;
  bool is_3_0_ = false;
  SchemaDialect dialect_ = SchemaDialect::draft_2020_12;
};

}  // namespace mscomm
