// What a schema lets the text of a parameter mean, in OpenAPI descriptions of 3.0 and of 3.1.

#include <gtest/gtest.h>

#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ApiFixture;
using test::ParameterRow;

class OpenApiShape : public testing::TestWithParam<ParameterRow> {};

TEST_P(OpenApiShape, SaysWhatATextMeans) { test::expect_judged(GetParam()); }

const std::vector<ParameterRow> shape_rows{
    {"QueryNumberAfterALineEnd",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: integer}}",
     "GET /a?q=%0A5",
     {"query parameter q: \"\\n5\" is not an integer"}},
    {"QueryNumberAndASpace",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: number}}",
     "GET /a?q=5+",
     {"query parameter q: \"5 \" is not a number"}},
    {"QueryNumberWithAFraction",
     "both",
     "/a",
     "{name: q, in: query, schema: {type: number}}",
     "GET /a?q=-0.5e3",
     {}},
    {"QueryNumberThatMayBeText",
     "both",
     "/a",
     "{name: q, in: query, schema: {anyOf: [{type: integer, maximum: 5}, {type: string}]}}",
     "GET /a?q=7",
     {}},
    {"QueryNullable",
     "3.0",
     "/a",
     "{name: q, in: query, schema: {type: integer, nullable: true}}",
     "GET /a?q=null",
     {}},
    {"QueryOfSeveralTypes",
     "3.1",
     "/a",
     "{name: q, in: query, schema: {type: [integer, 'null'], exclusiveMinimum: 0}}",
     "GET /a?q=0",
     {"query parameter q: 0 is not beyond the exclusive minimum 0"}},
    {"QueryExclusiveMinimum",
     "3.0",
     "/a",
     "{name: q, in: query, schema: {type: integer, minimum: 0, exclusiveMinimum: true}}",
     "GET /a?q=0",
     {"query parameter q: 0 is not beyond the exclusive minimum 0"}},
    {"FormObjectOfAnyMembers",
     "both",
     "/a",
     "{name: o, in: query, required: true, schema: {type: object, maxProperties: 1}}",
     "GET /a?x=1&y=2",
     {"query parameter o: there are 2 members, more than 1"}},
    {"FormObjectOfAnyMembersIsRequired",
     "both",
     "/a",
     "{name: o, in: query, required: true, schema: {type: object}}, {name: q, in: query}",
     "GET /a?q=1",
     {"query parameter o is required"}},
    {"FormObjectIsNotThereBecauseOfOthers",
     "both",
     "/a",
     "{name: o, in: query, schema: {type: object, required: [R], properties: {R: {}}}}",
     "GET /a?x=1",
     {}},
    {"FormObjectOfPatterns",
     "3.1",
     "/a",
     "{name: o, in: query, required: true, schema: {type: object, additionalProperties: false, "
     "patternProperties: {'^n': {type: integer}}}}",
     "GET /a?n1=5",
     {}},
    {"FormTuple",
     "3.1",
     "/a",
     "{name: t, in: query, schema: {type: array, prefixItems: [{type: integer}], items: {type: "
     "string}}}",
     "GET /a?t=1&t=2",
     {}},
    {"BesideAReferenceIsMore",
     "3.1",
     "/a",
     "{name: q, in: query, schema: {$ref: '#/paths/~1a/get/parameters/1/schema', type: array}}, "
     "{name: r, in: query, schema: {maxItems: 1}}",
     "GET /a?q=6&q=7",
     {"query parameter q: there are 2 items, more than 1"}},
    {"BesideAReferenceIsNothing",
     "3.0",
     "/a",
     "{name: q, in: query, schema: {$ref: '#/paths/~1a/get/parameters/1/schema', type: integer}}, "
     "{name: r, in: query, schema: {type: string, maxLength: 1}}",
     "GET /a?q=66",
     {"query parameter q: \"66\" has 2 characters, more than 1"}},
    {"FormObjectTakesWhatOthersLeave",
     "both",
     "/a",
     "{name: o, in: query, schema: {type: object, additionalProperties: {type: integer}}}, {name: "
     "q, in: query, schema: {type: string}}",
     "GET /a?q=text&n=x",
     {"query parameter o /n: \"x\" is not an integer"}},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiShape, testing::ValuesIn(shape_rows),
                         [](const auto& row) { return test::name_of_row(row); });

TEST(OpenApiShapes, MayHaveSchemasThatAreFoundByName) {
  const ApiFixture api("3.1.0", R"(
paths:
  /a:
    get:
      parameters:
        - {name: n, in: query, schema: {$ref: '#number'}}
        - {name: list, in: query, schema: {$ref: 'https://example.com/list'}}
        - {name: o, in: query, explode: false, schema: {anyOf: [{type: boolean}, {$ref: '#object'}]}}
        - {name: schema, in: query, schema: {$ref: 'https://json-schema.org/draft/2020-12/schema'}}
components:
  schemas:
    Number: {$anchor: number, type: integer}
    List: {$id: 'https://example.com/list', type: array, items: {type: integer}}
    Object: {$anchor: object, type: object, required: [a]}
)");
  EXPECT_THAT(api.of_request("GET /a?n=5&list=1&list=2&o=a,1&schema=true"), testing::IsEmpty());
  EXPECT_THAT(api.of_request("GET /a?list=1"), testing::IsEmpty());
  EXPECT_THAT(test::without_places(api.of_request("GET /a?n=x&o=b,1")),
              testing::ElementsAre("query parameter n: \"x\" is not an integer",
                                   testing::StartsWith("query parameter o: ")));
  EXPECT_THAT(test::without_places(api.of_request("GET /a?list=1&list=x")),
              testing::ElementsAre(testing::StartsWith("query parameter list")));
}

TEST(OpenApiShapes, AreReadByTheFirstHundredSchemas) {
  const auto judged = [](int others) {
    std::string branches;
    for (int i = 0; i < others; ++i) {
      branches += "{type: string, maxLength: 0}, ";
    }
    const ApiFixture api("3.1.0",
                         "paths: {/a: {get: {parameters: [{name: q, in: query, schema: "
                         "{anyOf: [" +
                             branches + "{type: integer}]}}]}}}");
    return api.of_request("GET /a?q=5");
  };
  EXPECT_THAT(judged(98), testing::IsEmpty());
  EXPECT_THAT(judged(99), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace mscomm
