#pragma once

#include <yaml.h>

#include "core/runtime/shared_library.h"

namespace mscomm {

/// The libyaml functions in use.
struct YamlLibrary : LibraryTable<YamlLibrary> {
  YamlLibrary()
      : LibraryTable("libyaml-0.so.2", {"libyaml", "which reads YAML",
                                        "install libyaml: apt-get install libyaml-0-2"}) {}

  decltype(&yaml_parser_initialize) parser_initialize = function("yaml_parser_initialize");
  decltype(&yaml_parser_delete) parser_delete = function("yaml_parser_delete");
  decltype(&yaml_parser_set_input_string) parser_set_input_string =
      function("yaml_parser_set_input_string");
  decltype(&yaml_parser_parse) parser_parse = function("yaml_parser_parse");
  decltype(&yaml_event_delete) event_delete = function("yaml_event_delete");
};

}  // namespace mscomm
