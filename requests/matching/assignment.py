"""Which need gets which resource, when all are looked at together."""

from collections.abc import Mapping

from ortools.graph.python import min_cost_flow

Pair = tuple[int, int]


def assign(scores: Mapping[Pair, int], capacities: Mapping[int, int]) -> dict[int, int]:
    """need → resource: first as many needs as can be served, then the highest sum of points.

    `scores` has the pairs (need, resource) that are possible at all; no resource serves more needs than its capacity.
    A flow of least cost from the needs through the resources; whole numbers, so the optimum is exact.
    """
    needs = sorted({need for need, _resource in scores})
    resources = sorted({resource for _need, resource in scores})
    source, sink = 0, 1
    node_of_need = {need: 2 + place for place, need in enumerate(needs)}
    node_of_resource = {resource: 2 + len(needs) + place for place, resource in enumerate(resources)}
    # One need more is worth more than all the points that it might cost the others.
    worth = 1 + sum(max(0, score) for score in scores.values())
    flow = min_cost_flow.SimpleMinCostFlow()
    for node in node_of_need.values():
        flow.add_arc_with_capacity_and_unit_cost(source, node, 1, 0)
        # A need may stay without.
        flow.add_arc_with_capacity_and_unit_cost(node, sink, 1, 0)
    arcs = {
        flow.add_arc_with_capacity_and_unit_cost(
            node_of_need[need], node_of_resource[resource], 1, -(worth + score)
        ): (need, resource)
        for (need, resource), score in sorted(scores.items())
    }  # fmt: skip
    for resource, node in node_of_resource.items():
        flow.add_arc_with_capacity_and_unit_cost(node, sink, capacities[resource], 0)
    flow.set_node_supply(source, len(needs))
    flow.set_node_supply(sink, -len(needs))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the flow has no optimum")
    return dict(pair for arc, pair in arcs.items() if flow.flow(arc))
